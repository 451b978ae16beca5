"""The forum's word after the founding: a root replaced, or the host's key, by the roots of several parties (F22, F23).

Promise: nobody's key is changed by less than the agreed number of the others; who signed is found out from the
signatures alone, in the one order in which they can stand.
Rules: an amendment is signed by the roots of all parties; a root's replacement by the new root, which so proves that it
is held, and by at least two thirds of the other parties' roots. The old root need not sign: it may be lost or stolen.
Elsewhere: everything else about a statement, `ledger.admissions`; the register that it changes, `ledger.registers`.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ledger import envelopes, keys
from ledger.envelopes import Envelope
from ledger.rules import Code, Refused
from ledger.statements import AgreementAmended, RootReplaced

ForumStatement: TypeAlias = AgreementAmended | RootReplaced


def needed(parties: int) -> int:
    """How many of the other parties must agree to a new root: two thirds, rounded up."""
    return -(-2 * (parties - 1) // 3)


def verify(statement: ForumStatement, envelope: Envelope, roots: Mapping[str, bytes]) -> None:
    """Raise `Refused` by V1 unless those signed who must; `roots`: the public half of each party's root, by party."""
    if isinstance(statement, AgreementAmended):
        envelopes.verify(envelope, [roots[party] for party in sorted(roots)])
        return
    replaced = statement.replaced
    if replaced not in roots:
        raise Refused(Code.KEY_UNKNOWN, f"the register has no key {replaced}/root")
    signed = _signers(envelope, {**roots, replaced: bytes.fromhex(statement.root_key)})
    if replaced not in signed:
        raise Refused(Code.SIGNATURE_INVALID, f"the new root of {replaced} has not signed")
    if len(signed) - 1 < needed(len(roots)):
        told = f"{len(signed) - 1} of {len(roots) - 1} other parties signed, where {needed(len(roots))} must"
        raise Refused(Code.SIGNATURE_COUNT, told)


def _signers(envelope: Envelope, roots: Mapping[str, bytes]) -> list[str]:
    """The parties that signed. They stand in byte order of party, each once, so no key is tried twice."""
    message, left = envelopes.pae(envelope.payload_type, envelope.payload), iter(sorted(roots))
    return [_signer(left, signature, message, roots) for signature in envelope.signatures]


def _signer(left: Iterator[str], signature: bytes, message: bytes, roots: Mapping[str, bytes]) -> str:
    """The next party whose signature this is."""
    for party in left:
        try:
            keys.verified(roots[party], signature, message)
        except Refused:
            continue
        return party
    raise Refused(Code.SIGNATURE_INVALID, "a signature is of no party's root, or not in byte order of party")
