"""The desk at which acts are taken in: where they are kept, under which agreement, in whose log.

Promise: an operation gets everything it needs of the service from its desk, and nothing from anywhere else.
Rules: built once by whoever starts the service; holds no party and no clock (time comes from the database).
Elsewhere: who asks, `auth.principals`; the connections, `database.engines`.
"""

from dataclasses import dataclass, field

from nacl.signing import SigningKey

from auth.principals import Principal
from casework.agreements import Agreement
from database.engines import Databases
from database.transaction import Asker
from database.vaults import Vault
from database.wrapping import Wrappings


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    databases: Databases
    agreement: Agreement
    origin: str  # of the log
    host: SigningKey = field(repr=False)  # signs receipts and the host's notices
    wrapping: Wrappings = field(repr=False)  # under which the keys of persons are wrapped

    @property
    def vault(self) -> Vault:
        """The key store."""
        return Vault(pool=self.databases.keys, wrapping=self.wrapping())


def asker(by: Principal) -> Asker:
    return Asker(party=by.party, subject=by.subject, purpose=by.purpose)
