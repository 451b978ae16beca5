"""Where log files are asked for over HTTP: the paths under /ledger/ of a service.

Promise: `Remote.read` gives a file's bytes, or None where the service has none; anything else stops with words.
Rules: a client's token goes to its own issuer only; public files are asked for without one.
Elsewhere: tokens, `cli.audit.clients`; which files there are, `cli.audit.downloads`.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cli.audit.clients import Client
from cli.audit.connections import Connection, Response, checked
from cli.audit.credentials import Credentials
from cli.audit.endings import Stopped

ROOT: Final = "/ledger/"
BEHIND_A_TOKEN: Final = "tile/entries/"  # noqa: S105  # a path, not a secret


@dataclass(frozen=True, slots=True)
class Remote:
    """A log that a service publishes."""

    origin: str
    connection: Connection
    client: Client | None

    def read(self, name: str) -> bytes | None:
        """One file under /ledger/."""
        answer = self._ask(name)
        if answer.status == 200:
            return answer.body
        if answer.status == 404:
            return None
        raise Stopped(f"{self.origin}{ROOT}{name} answered {answer.status}{explained(answer, self.client)}")

    def close(self) -> None:
        """Close the lines."""
        self.connection.close()
        if self.client is not None:
            self.client.close()

    def _ask(self, name: str) -> Response:
        if self.client is not None and name.startswith(BEHIND_A_TOKEN):
            return self.client.request("GET", ROOT + name)
        return self.connection.request("GET", ROOT + name, headers={})


def remote(url: str, credentials: Credentials | None) -> Remote:
    """The log at a service's URL, with or without `/ledger` at its end."""
    origin = checked(url)
    if urlsplit(url).path.rstrip("/") not in ("", ROOT.rstrip("/")):
        raise Stopped(f"{url}: expected the service's URL, such as {origin}")
    if credentials is not None and credentials.issuer != origin:
        raise Stopped(f"this client belongs to {credentials.issuer}, its token is not sent to {origin}")
    return Remote(origin, Connection(origin), None if credentials is None else Client(credentials))


def explained(answer: Response, client: Client | None) -> str:
    """What a refusal means here."""
    if answer.status == 401 and client is None:
        return ": entries are for the parties' auditors; name a client's file with --as"
    if answer.status == 403:
        return ": this client does not have the scope ledger:read"
    return ""
