"""What a statement says of a key: whether the register can take that in (V2, V3, V24).

Promise: no key enters the register that is unsafe, or that stands or ever stood in it; none is revoked twice.
Elsewhere: who may say it, `ledger.admissions` and `ledger.forums`; the register, `ledger.registers`.
"""

from ledger import keys
from ledger.registers import KeyRecord
from ledger.rules import Code, Refused
from ledger.statements import AgreementAmended, KeyAdded, KeyRevoked, RootReplaced, Statement


def require(statement: Statement, subject: KeyRecord | None, *, public_taken: bool) -> None:
    """Raise `Refused` unless the register takes it in; `subject` is the record of the key that it names."""
    match statement:
        case KeyAdded(name=name, public=public):
            _require_own(statement, name)
            if subject is not None:
                raise Refused(Code.KEY_NAME_TAKEN, f"the register has a key {name}")
            _require_new(public, taken=public_taken)
            if (statement.holder is None) != (statement.use == "system"):
                raise Refused(Code.BODY_INVALID, "holder is null for a system's key, and only for one")
        case AgreementAmended(host_key=public) | RootReplaced(root_key=public):
            _require_new(public, taken=public_taken)
        case KeyRevoked(name=name):
            _require_own(statement, name)
            if subject is None or subject.name != name:
                raise Refused(Code.KEY_UNKNOWN, f"the register has no key {name}")
            if subject.revoked_index is not None:
                raise Refused(Code.KEY_REVOKED, f"{name} was revoked before")
        case _:
            pass


def _require_new(public: str, *, taken: bool) -> None:
    if taken:
        raise Refused(Code.KEY_PUBLIC_TAKEN, "the register has, or had, this public key")
    keys.admit(bytes.fromhex(public))


def _require_own(statement: KeyAdded | KeyRevoked, name: str) -> None:
    if not name.startswith(f"{statement.party}/"):
        raise Refused(Code.KEY_OF_OTHER_PARTY, f"{name} is not of {statement.party}")
