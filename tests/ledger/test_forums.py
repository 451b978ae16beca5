"""Roots and the host's key replaced by the forum: who must sign, what follows, and an old log that audits clean."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ledger import admissions, envelopes, forums, receipts, sentences, statements, verifier
from ledger.rules import Code, Refused
from ledger.statements import HOST_KEY, AgreementAmended, HostOutage, RootReplaced
from tests.ledger import golden
from tests.ledger.golden import PROVINCES, Log
from tests.ledger.spoiled import LEGAL, published, receipt
from tests.ledger.test_admissions import BAD_PUBLIC

SIZE = len(LEGAL.leaves)
ROOTS = [f"{party}/root" for party in PROVINCES]
OTHERS = [root for root in ROOTS if root != "ID-JK/root"]
NEW = f"ID-JK/root, {SIZE}"


def codes(write: Callable[[Log], object]) -> list[tuple[int | None, Code]]:
    return [(each.index, each.code) for each in published(write).findings]


def signed_by(*others: str) -> Callable[[Log], object]:
    """The root of Jakarta replaced, signed by it in its place and by these."""
    return lambda log: log.replace_root("ID-JK", *sorted(["ID-JK/root", *others]))


@pytest.mark.parametrize(("parties", "needed"), [(2, 1), (3, 2), (4, 2), (5, 3), (7, 4), (10, 6), (11, 7)])
def test_two_thirds_of_the_others_are_rounded_up(parties: int, needed: int) -> None:
    assert forums.needed(parties) == needed


def test_six_of_nine_others_replace_a_root_and_five_do_not() -> None:
    assert codes(signed_by(*OTHERS[:6])) == []
    assert codes(signed_by(*OTHERS[3:])) == []
    assert codes(signed_by(*OTHERS)) == []
    assert codes(signed_by(*OTHERS[:5])) == [(SIZE, Code.SIGNATURE_COUNT)]


SIGNED_WRONG: dict[str, tuple[Code, Callable[[Log], object]]] = {
    "without the new root": (Code.SIGNATURE_INVALID, lambda log: log.replace_root("ID-JK", *OTHERS)),
    "by the old root in its place": (
        Code.SIGNATURE_INVALID,
        lambda log: log.say(replaced(log, "another"), *ROOTS),
    ),
    "twice by one": (Code.SIGNATURE_INVALID, signed_by(*OTHERS[:5], OTHERS[4])),
    "not in byte order": (
        Code.SIGNATURE_INVALID,
        lambda log: log.replace_root("ID-JK", "ID-JK/root", *OTHERS[:6]),
    ),
    "by a system key": (Code.SIGNATURE_INVALID, signed_by(*OTHERS[:5], golden.key_name("ID-YO"))),
    "of no party": (Code.KEY_UNKNOWN, lambda log: log.replace_root("ID-AC", "ID-AC/root", *OTHERS[:6])),
    "an amendment by all but one": (Code.SIGNATURE_COUNT, lambda log: log.amend(*OTHERS)),
    "an amendment by all in another order": (Code.SIGNATURE_INVALID, lambda log: log.amend(*ROOTS[::-1])),
    "an amendment to a root's own key": (
        Code.KEY_PUBLIC_TAKEN,
        lambda log: log.amend(new="ID-JK/root"),
    ),
    "an amendment to today's key": (Code.KEY_PUBLIC_TAKEN, lambda log: log.amend(new=HOST_KEY)),
    "for another log": (
        Code.OTHER_LOG,
        lambda log: log.say(replace(amended(log), log="elsewhere/1"), *ROOTS),
    ),
    "under another agreement": (
        Code.OTHER_AGREEMENT,
        lambda log: log.say(replace(amended(log), agreement="ab" * 32), *ROOTS),
    ),
    "of low order": (Code.KEY_UNSAFE, lambda log: log.say(replace(amended(log), host_key=BAD_PUBLIC), *ROOTS)),
    "claimed for later": (
        Code.CLAIMED_LATER,
        lambda log: log.say(replace(amended(log), claimed_at=log.at + timedelta(hours=1)), *ROOTS),
    ),
    "with a link": (
        Code.KEY_PREV_MISSING,
        lambda log: log.say(replace(amended(log), key_prev=log.ids[0]), *ROOTS),
    ),
}


def notice(log: Log) -> None:
    """The host speaks, by the key that it has."""
    begin, end = log.at, log.at + timedelta(minutes=20)
    log.say(HostOutage(**log.common("HOST", HOST_KEY), from_=begin, until=end), after=end - begin)


def amended(log: Log) -> AgreementAmended:
    return AgreementAmended(**log.by_forum(), host_key=golden.public("host, another"))


def replaced(log: Log, name: str) -> RootReplaced:
    return RootReplaced(**log.by_forum(), replaced="ID-JK", root_key=golden.public(name))


@pytest.mark.parametrize("story", SIGNED_WRONG.values(), ids=SIGNED_WRONG.keys())
def test_what_is_wrongly_signed_or_says_what_cannot_be_is_a_finding_and_changes_no_key(
    story: tuple[Code, Callable[[Log], object]],
) -> None:
    code, write = story

    def on(log: Log) -> None:
        write(log)
        log.replaced.clear()
        log.add_key("ID-JK", 7)  # by the root of before
        notice(log)  # by the host's key of before

    assert codes(on)[0] == (SIZE, code)
    assert len(codes(on)) == 1


def test_a_replaced_root_delegates_nothing_any_more_and_what_it_delegated_stays() -> None:
    def write(log: Log) -> None:
        log.replace_root("ID-JK")
        log.add_key("ID-JK", 7)
        log.send("ID-JK", "ID-JI", "77" * 16)
        log.replaced.clear()
        log.add_key("ID-JK", 8)

    assert codes(write) == [(SIZE + 3, Code.SIGNATURE_INVALID)]


def test_the_key_of_a_root_that_was_replaced_is_never_a_root_again() -> None:
    def write(log: Log) -> None:
        log.replace_root("ID-JK")
        log.replaced["ID-JK/root"] = "ID-JK/root"
        log.say(replaced(log, "ID-JK/root"), *ROOTS)

    assert codes(write) == [(SIZE + 1, Code.KEY_PUBLIC_TAKEN)]


def test_the_host_signs_notices_and_receipts_by_its_new_key_and_the_old_one_signs_for_nothing_later() -> None:
    log = LEGAL.copy()
    log.amend()
    log.add_key("ID-JK", 7)
    notice(log)
    log.publish()
    shown = [receipt(log, number) for number in range(len(log.leaves))]
    new = golden.key(f"{HOST_KEY}, {SIZE}")
    shown += [receipts.sign(log.receipt(number), new) for number in (0, SIZE)]
    report = verifier.verify(log.shelf, shown=shown)
    assert (report.findings, report.receipts) == ((), len(shown))
    old = [receipts.sign(log.receipt(SIZE + 1), golden.key(HOST_KEY))]
    assert [each.code for each in verifier.verify(log.shelf, shown=old).findings] == [Code.RECEIPT_INVALID]
    stranger = [receipts.sign(log.receipt(0), golden.key("stranger"))]
    assert [each.code for each in verifier.verify(log.shelf, shown=stranger).findings] == [Code.RECEIPT_INVALID]
    log.replaced.clear()
    notice(log)
    log.publish()
    assert [each.code for each in verifier.verify(log.shelf).findings] == [Code.SIGNATURE_INVALID]


def test_an_old_log_with_keys_rotated_revoked_and_replaced_audits_clean_and_shows_the_disputed_span() -> None:
    log = LEGAL.copy()
    log.replace_root("ID-JK")
    log.amend()
    log.add_key("ID-JK", 7)
    stolen = log.at
    log.send("ID-JK", "ID-JI", "78" * 16)
    log.revoke_key("ID-JK", stolen)
    log.replace_root("ID-JI")
    log.replace_root("ID-JK")
    log.add_key("ID-JK", 8)
    log.amend()
    notice(log)
    log.publish()
    report = verifier.verify(log.shelf, shown=[receipt(log, number) for number in range(len(log.leaves))])
    assert report.clean
    assert report.receipts == len(log.leaves)
    assert [each.index for each in report.disputed] == [SIZE + 3]
    assert (report.kinds["root.replaced"], report.kinds["agreement.amended"]) == (3, 2)
    assert report.signed["FORUM"].statements == 5, "what the forum said can be counted, and missed"


def test_an_entry_that_was_lost_may_have_replaced_a_key_and_nobody_is_blamed_for_signing_with_it() -> None:
    log = LEGAL.copy()
    log.replace_root("ID-JK")
    log.add_key("ID-JK", 7)
    log.publish()
    whole = log.leaves[SIZE]
    path = next(path for path in log.shelf.files if path.startswith("tile/entries/") and whole in log.shelf.files[path])
    for name, content in log.shelf.files.items():
        if name.startswith("tile/entries/"):
            log.shelf.files[name] = content.replace(whole, whole[:-9] + b"#" * 9)
    report = verifier.verify(log.shelf)
    assert path.startswith("tile/entries/")
    assert {each.index for each in report.findings} == {SIZE}
    assert report.unjudged == 1


def test_both_kinds_say_what_they_do() -> None:
    assert "new key" in sentences.sentence(amended(LEGAL)).en
    assert "root key of ID-JK" in sentences.sentence(replaced(LEGAL, NEW)).en


def test_a_type_of_another_family_is_not_what_the_forum_signs() -> None:
    said, facts = amended(LEGAL), golden_facts()
    sealed = envelopes.seal(
        statements.payload_type("key.added"), statements.encode(said), [golden.key(r) for r in ROOTS]
    )
    with pytest.raises(Refused) as refused:
        admissions.admit(sealed, facts, LEGAL.at)
    assert refused.value.code == Code.ENVELOPE_MALFORMED


def golden_facts() -> admissions.Facts:
    return admissions.Facts(
        log=golden.ORIGIN,
        agreement=golden.AGREEMENT_SHA256,
        size=SIZE,
        known=False,
        key=None,
        subject=None,
        public_taken=False,
        key_prev_signer=None,
        seen_root=None,
        seen_highest=0,
        referral_last=None,
        roots={party: golden.key(f"{party}/root").verify_key.encode() for party in PROVINCES},
    )
