"""Where plain http passes, and which URLs are the same."""

import pytest

from auth import transports


@pytest.mark.parametrize(
    ("url", "passes"),
    [
        ("https://estafet.example", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:8000", True),
        ("http://estafet.example", False),
        ("http://localhost.example", False),
        ("http://127.0.0.1.example", False),
        ("http://127.0.0.2", False),
        ("http://localhost@estafet.example", False),
        ("http://0.0.0.0", False),
        ("ws://localhost", False),
        ("localhost:8000", False),
    ],
)
def test_http_passes_on_loopback_alone(url: str, passes: bool) -> None:
    assert transports.secure(url) is passes


@pytest.mark.parametrize("url", ["https://estafet.example", "http://localhost:8000", "https://estafet.example:8443"])
def test_an_issuer_is_an_origin(url: str) -> None:
    assert transports.issuer(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "estafet.example",
        "https://",
        "https://estafet.example/",
        "https://estafet.example/path",
        "https://estafet.example?x",
        "https://estafet.example#x",
        "https://user@estafet.example",
        "https://estafet.example:99999",
        "https://[::1",
        "http://estafet.example",
        "ftp://localhost",
    ],
)
def test_anything_else_is_no_issuer(url: str) -> None:
    with pytest.raises(transports.Insecure):
        transports.issuer(url)


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("https://estafet.example/graphql", True),
        ("HTTPS://ESTAFET.example:443/graphql?x#y", True),
        ("https://estafet.example/GraphQL", False),
        ("https://estafet.example/graphql/", False),
        ("https://estafet.example:444/graphql", False),
        ("http://estafet.example/graphql", False),
        ("https://estafet.example//graphql", False),
        ("https://estafet.example\\graphql", False),
        ("https://estafet.example/gr\u00e4phql", False),
        ("https://estafet.example/graphql\n", False),
        ("/graphql", False),
        ("", False),
    ],
)
def test_a_proofs_target_is_compared_without_query_and_fragment(said: str, same: bool) -> None:
    assert transports.same_target(said, "https://estafet.example/graphql") is same
