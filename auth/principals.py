"""Who is asking, once everything about the asking was checked.

Promise: a `Principal` exists only after its token, its proof of possession and the state of its client were judged.
Rules: the party is the register's; scopes are what token and client both still hold; nothing here comes from headers
that were not verified.
Elsewhere: `auth.resources` makes principals; `operations` and `reading` ask them.
"""

from dataclasses import dataclass

from auth.refusals import Forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """One verified caller."""

    subject: str  # who acts: the client itself for client_credentials, an officer later
    party: str  # ID-JK, AUDITOR:<name>, WITNESS:<name>, HOST
    client_id: str
    scopes: frozenset[str]
    purpose: str
    trusted_only: bool = False  # may send registered documents only

    def missing(self, scopes: frozenset[str]) -> frozenset[str]:
        """Which of these scopes the caller does not hold."""
        return scopes - self.scopes

    def require(self, *scopes: str) -> None:
        """Go on only with all of these scopes; raises `Forbidden`, which names those that are missing."""
        if absent := self.missing(frozenset(scopes)):
            raise Forbidden(frozenset(absent))
