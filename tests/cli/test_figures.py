"""estafet serve with figures: at a port of their own on this machine, refused where they would be public by mistake."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cli.starts import alone, free_port, launched, wait_ready


def status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_a_service_tells_figures_at_their_own_port_and_logs_requests_where_it_was_asked_to(tmp_path: Path) -> None:
    port = free_port()
    with launched(tmp_path / "data", ESTAFET_METRICS=str(port), ESTAFET_REQUEST_LOG="on") as service:
        wait_ready(service)
        assert [status(port, path) for path in ("/metrics", "/readyz", "/")] == [200, 404, 404]
        assert [status(service.port, path) for path in ("/metrics", "/readyz", "/")] == [200, 200, 200]
        taken = ("serve", "--demo", "--port", str(free_port()), "--data", str(tmp_path / "b"))
        assert alone(*taken, ESTAFET_METRICS=str(port)).returncode == 2
        code, _, err = service.stop()
    assert code == 143
    lines = [json.loads(line) for line in err.splitlines()]  # and nothing else was said
    assert {line["route"] for line in lines} == {"/metrics", "/readyz", "/"}
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("address", ["0.0.0.0:9464", "192.0.2.1:9464"])
def test_a_demo_tells_no_figures_to_other_machines(address: str, tmp_path: Path) -> None:
    done = alone("serve", "--demo", "--port", str(free_port()), "--data", str(tmp_path / "d"), ESTAFET_METRICS=address)
    assert done.returncode == 2
    assert not (tmp_path / "d").exists()


def test_figures_have_a_port_of_their_own(tmp_path: Path) -> None:
    port = str(free_port())
    done = alone("serve", "--demo", "--port", port, "--data", str(tmp_path / "d"), ESTAFET_METRICS=port)
    assert done.returncode == 2
    assert "the service's own" in done.stderr
    assert not (tmp_path / "d").exists()
