"""The family `host`: what the host says of itself."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ledger.shapes import Null
from ledger.statements.bodies import At, Body, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOutage(Body):
    """The host could not be reached from an instant up to another: no clock ran."""

    KIND: ClassVar[str] = "host.outage"
    SIGNER: ClassVar[Signer] = Signer.HOST

    key: Annotated[str, Null()]
    from_: At
    until: At
