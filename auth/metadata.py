"""What clients may read about this server before they know anything else.

Promise: RFC 8414 and RFC 9728 metadata and the JWK Set say what the code does, from the same constants.
Rules: no endpoint is told that does not exist; the resource is the issuer's URL itself (RFC 9728, RFC 8707).
Elsewhere: the routes, `api.oauth`.
"""

from typing import Final

from auth.algorithms import ALGORITHMS
from auth.assertions import METHOD
from auth.gates import Gate
from auth.grants import GRANT
from auth.scopes import SCOPES

TOKEN: Final = "/oauth/token"  # noqa: S105  # a path
INTROSPECT: Final = "/oauth/introspect"
REVOKE: Final = "/oauth/revoke"
JWKS: Final = "/oauth/jwks"
SERVER: Final = "/.well-known/oauth-authorization-server"
RESOURCE: Final = "/.well-known/oauth-protected-resource"


def authorization_server(gate: Gate) -> dict[str, object]:
    """RFC 8414."""
    told: dict[str, object] = {
        "issuer": gate.issuer,
        "jwks_uri": gate.url(JWKS),
        "scopes_supported": list(SCOPES),
        "response_types_supported": [],
        "grant_types_supported": [GRANT],
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "protected_resources": [gate.issuer],
    }
    for name, path in (("token", TOKEN), ("introspection", INTROSPECT), ("revocation", REVOKE)):
        told[f"{name}_endpoint"] = gate.url(path)
        told[f"{name}_endpoint_auth_methods_supported"] = [METHOD]
        told[f"{name}_endpoint_auth_signing_alg_values_supported"] = list(ALGORITHMS)
    return told


def protected_resource(gate: Gate) -> dict[str, object]:
    """RFC 9728."""
    return {
        "resource": gate.issuer,
        "resource_name": "Estafet",
        "authorization_servers": [gate.issuer],
        "scopes_supported": list(SCOPES),
        "bearer_methods_supported": ["header"],
        "dpop_bound_access_tokens_required": True,
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
    }


def key_set(gate: Gate) -> dict[str, object]:
    """RFC 7517: every key whose tokens are still accepted."""
    return dict(gate.keys.published())
