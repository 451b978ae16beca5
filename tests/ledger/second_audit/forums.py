"""What several parties sign together, with no key of the forum's own: F22, F23 and step 4 of the order."""

from tests.ledger.second_audit import curves
from tests.ledger.second_audit.bodies import Body
from tests.ledger.second_audit.texts import Wrong


def verify(body: Body, message: bytes, signatures: list[bytes], roots: dict[str, bytes]) -> None:
    """V1; `roots` by party."""
    if body["kind"] == "root.replaced":
        _replaced(body, message, signatures, roots)
        return
    if len(signatures) != len(roots):
        raise Wrong("V1", "SIGNATURE_COUNT")
    for party, signature in zip(sorted(roots), signatures, strict=True):
        if not curves.signed(roots[party], signature, message):
            raise Wrong("V1", "SIGNATURE_INVALID")


def _replaced(body: Body, message: bytes, signatures: list[bytes], roots: dict[str, bytes]) -> None:
    party = body["replaced"]
    if party not in roots:
        raise Wrong("V2", "KEY_UNKNOWN")
    then = {**roots, party: bytes.fromhex(body["root_key"])}
    left, signed = sorted(then), []
    for signature in signatures:
        while left and not curves.signed(then[left[0]], signature, message):
            del left[0]
        if not left:
            raise Wrong("V1", "SIGNATURE_INVALID")
        signed.append(left.pop(0))
    if party not in signed:
        raise Wrong("V1", "SIGNATURE_INVALID")
    if 3 * (len(signed) - 1) < 2 * (len(roots) - 1):
        raise Wrong("V1", "SIGNATURE_COUNT")
