"""The auditor's client against a service that checks every token, assertion and proof."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from cli.audit.clients import Client
from cli.audit.connections import Connection, Unreachable, checked
from cli.audit.endings import Stopped
from tests.cli.listeners import Service, credentials_for, served


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture
def service(tmp_path: Path, key: SigningKey) -> Iterator[Service]:
    (tmp_path / "checkpoints").mkdir()
    with served(tmp_path, key) as service:
        yield service


def test_a_client_fetches_a_token_follows_the_nonce_and_is_answered(service: Service, key: SigningKey) -> None:
    with Client(credentials_for(service, key)) as client:
        answer = client.graphql("{ me }", {"a": 1})
    assert answer == {"data": {"echo": {"query": "{ me }", "variables": {"a": 1}}}}


def test_one_token_serves_many_requests(service: Service, key: SigningKey) -> None:
    with Client(credentials_for(service, key)) as client:
        for _ in range(5):
            client.graphql("{ me }")
    assert len(service.tokens) == 1


def test_a_new_nonce_is_followed_without_a_new_token(service: Service, key: SigningKey) -> None:
    with Client(credentials_for(service, key)) as client:
        client.graphql("{ me }")
        service.nonce = "nonce-2"
        client.graphql("{ me }")
    assert len(service.tokens) == 1


def test_a_token_revoked_meanwhile_is_replaced_once(service: Service, key: SigningKey) -> None:
    with Client(credentials_for(service, key)) as client:
        client.graphql("{ me }")
        service.tokens = {"another-client's"}
        assert "data" in client.graphql("{ me }")


def test_a_client_with_another_key_is_refused_in_the_servers_words(service: Service, key: SigningKey) -> None:
    credentials = credentials_for(service, key)
    service.scopes = frozenset()
    with Client(credentials) as client, pytest.raises(Stopped, match="invalid_scope"):
        client.graphql("{ me }")
    assert not service.tokens


def test_metadata_of_another_issuer_gets_no_assertion(service: Service, key: SigningKey) -> None:
    service.metadata = {"issuer": "https://elsewhere.example"}
    with Client(credentials_for(service, key)) as client, pytest.raises(Stopped, match="another issuer"):
        client.graphql("{ me }")
    assert not [asked for asked in service.asked if asked.startswith("POST")]


def test_a_token_endpoint_elsewhere_gets_no_assertion(service: Service, key: SigningKey) -> None:
    service.metadata = {"token_endpoint": "https://elsewhere.example/token"}
    with Client(credentials_for(service, key)) as client, pytest.raises(Stopped, match="is not at"):
        client.graphql("{ me }")
    assert not [asked for asked in service.asked if asked.startswith("POST")]


@pytest.mark.parametrize(
    "url", ["http://estafet.example", "ftp://localhost", "https://a:b@example.org", "localhost:8000"]
)
def test_a_url_that_would_show_a_token_to_others_is_not_used(url: str) -> None:
    with pytest.raises(Stopped):
        checked(url)


def test_credentials_never_show_their_keys(service: Service, key: SigningKey) -> None:
    assert "SigningKey" not in repr(credentials_for(service, key))


def test_an_answer_that_is_cut_off_is_none() -> None:
    """Its head promised more: a service that was killed while it answered leaves no half file behind."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answering() -> None:
            line, _ = listening.accept()
            with line:
                line.recv(65_536)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 40)

        thread = threading.Thread(target=answering)
        thread.start()
        with pytest.raises(Unreachable, match="in the middle of an answer"):
            Connection(f"http://127.0.0.1:{listening.getsockname()[1]}").request("GET", "/", headers={})
        thread.join()
