"""Where `estafet serve` listens, and what it refuses before it has written anything."""

import asyncio
import socket
from pathlib import Path

import pytest

from auth import transports
from cli import ports, serving
from cli.audit import connections
from cli.audit.endings import Stopped
from cli.demo import guards
from settings import Settings
from tests.cli.starts import alone, free_port


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_an_answer_does_not_wait_for_the_callers_acknowledgement(host: str) -> None:
    """A kept-alive connection is without Nagle's delay, which would hold every second packet back for 40 ms."""
    seen = asyncio.get_running_loop().create_future()

    def joined(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        seen.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    port = free_port()
    sockets = ports.listening(host, port)
    servers = [await asyncio.start_server(joined, sock=each) for each in sockets]
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        assert await asyncio.wait_for(seen, 10)
    finally:
        writer.close()
        for server in servers:
            server.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_port_that_is_taken_is_told_and_not_passed_over(host: str) -> None:
    """An address that was named and is not listened on would be a service, or figures, that nobody reaches."""
    name, family = ("::1", socket.AF_INET6) if host == "::1" else ("127.0.0.1", socket.AF_INET)
    try:
        other = socket.create_server((name, 0), family=family)
    except OSError:
        pytest.skip("there is no IPv6 here")
    with other as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Stopped, match=f"port {port}"):
            ports.listening(host, port)
        with pytest.raises(Stopped) as stopped:
            serving.aside(host, port, 0, beside=port + 1)
    assert "ESTAFET_METRICS" in stopped.value.advice


REFUSED = {
    "plain http to others": (Settings(issuer="http://example"), "localhost"),
    "a demo of plain http to others": (Settings(issuer="http://example", demo=True), "localhost"),
    "a demo under a name of this machine's lookalike": (Settings(issuer="http://localhost.example", demo=True), "::1"),
    "a demo of https": (Settings(issuer="https://example.go.id", demo=True), "localhost"),
    "a demo heard elsewhere": (Settings(issuer="http://localhost:8000", demo=True), "192.0.2.1"),
    "plain http heard elsewhere": (Settings(issuer="http://localhost:8000"), "0.0.0.0"),  # noqa: S104  # what is refused
    "plain http heard everywhere": (Settings(issuer="http://127.0.0.1:8000"), ""),
}


@pytest.mark.parametrize("what", list(REFUSED))
def test_what_would_send_tokens_in_clear_is_refused(what: str) -> None:
    with pytest.raises(Stopped):
        guards.require_safe(*REFUSED[what])


@pytest.mark.parametrize(
    ("told", "host"),
    [
        (Settings(issuer="http://localhost:8000", demo=True), "localhost"),
        (Settings(issuer="http://localhost:8000"), "::1"),
        (Settings(issuer="https://example.go.id"), "localhost"),
        (Settings(issuer="https://example.go.id"), "192.0.2.1"),
    ],
)
def test_what_stays_here_or_goes_by_tls_is_not(told: Settings, host: str) -> None:
    guards.require_safe(told, host)


@pytest.mark.parametrize("host", sorted(connections.LOOPBACK))
def test_the_command_and_the_service_mean_the_same_machine(host: str) -> None:
    assert transports.secure(f"http://[{host}]:8000" if ":" in host else f"http://{host}:8000")


@pytest.mark.parametrize(
    ("words", "issuer"),
    [((), "http://example"), (("--demo",), "http://example"), (("--host", "0.0.0.0"), "http://localhost")],  # noqa: S104  # what is refused
)
def test_the_refusal_costs_nothing(words: tuple[str, ...], issuer: str, tmp_path: Path) -> None:
    """In one sentence, before the port is taken and before anything is written."""
    data = ("--data", str(tmp_path / "data"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = alone("serve", *words, "--port", str(taken.getsockname()[1]), *data, ESTAFET_ISSUER=issuer)
    assert (done.returncode, done.stdout) == (2, "")
    assert issuer in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()
