"""The families `agreement` and `root`: how the parties found the log, and change its first keys (F9, F22, F23)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ledger.shapes import Integer, Listed, Record, Text
from ledger.statements.bodies import Body, Province, PublicKey, Signer

VKEY = Text("^[!-*,-~]{1,200}\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{44}$")  # 33 bytes are 44 digits of base64, unpadded


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """A party to the agreement and the key from which all its keys descend."""

    party: Province
    root_key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAdopted(Body):
    """Entry 0: the founders adopt the agreement and name the keys of the log, the host and the witnesses."""

    KIND: ClassVar[str] = "agreement.adopted"
    SIGNER: ClassVar[Signer] = Signer.FORUM

    log_vkey: Annotated[str, VKEY]
    host_key: PublicKey
    parties: Annotated[tuple[Founder, ...], Listed(Record(Founder), 2, 100)]
    witnesses: Annotated[tuple[str, ...], Listed(VKEY, 0, 100)]
    quorum: Annotated[int, Integer(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAmended(Body):
    """All parties give the host another key, in force from this entry on."""

    KIND: ClassVar[str] = "agreement.amended"
    SIGNER: ClassVar[Signer] = Signer.FORUM

    host_key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class RootReplaced(Body):
    """A party's root is another key from this entry on: said by that key and by two thirds of the other parties."""

    KIND: ClassVar[str] = "root.replaced"
    SIGNER: ClassVar[Signer] = Signer.FORUM

    replaced: Province
    root_key: PublicKey
