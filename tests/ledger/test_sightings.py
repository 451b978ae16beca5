"""What the witnesses saw of a log: counted, and held against the host's clock."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ledger import checkpoints, notes, quorums, sightings, verifier
from ledger.notes import Unreadable
from ledger.quorums import Policy
from ledger.rules import Code
from ledger.sightings import Sightings
from ledger.verifier import Report
from tests.ledger import golden
from tests.ledger.golden import PROVINCES, WITNESSES, Log
from tests.ledger.spoiled import codes

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SLACK = 300 * SECOND
SIZE = len(golden.watched().leaves)


def audited(log: Log) -> Report:
    return verifier.verify(log.shelf)


# -- policy -----------------------------------------------------------------------------------------------------------
def test_how_many_must_collude_is_what_two_quorums_share() -> None:
    keys = tuple(golden.witness(f"w{number}") for number in range(5))
    table = {(3, 2): 1, (3, 3): 3, (3, 1): 0, (5, 3): 1, (5, 4): 3, (1, 1): 1, (0, 0): 0}
    assert {(n, quorum): Policy(witnesses=keys[:n], quorum=quorum).colluding for n, quorum in table} == table


def test_the_quorum_time_is_the_quorum_th_smallest() -> None:
    keys = tuple(golden.witness(name) for name in WITNESSES)
    two = Policy(witnesses=keys, quorum=2)
    assert [two.time(each) for each in ([], [7], [9, 7], [9, 7, 8], [1, 99, 98])] == [None, None, 9, 8, 98]
    assert Policy(witnesses=keys).time([1, 2, 3]) is None


def test_the_policy_is_the_genesis_and_nothing_else() -> None:
    told = quorums.of_genesis(replace(golden.genesis(golden.START), witnesses=(golden.witness("w").spell(),), quorum=1))
    assert told == Policy(witnesses=(golden.witness("w"),), quorum=1)
    assert quorums.of_genesis(golden.genesis(golden.START)) == Policy()


# -- counting ---------------------------------------------------------------------------------------------------------
def test_an_audit_tells_who_cosigned_and_what_a_quorum_has_seen() -> None:
    log = golden.watched()
    log.add_key("ID-JK", 7)
    log.publish()
    log.cosign(WITNESSES[1])
    report = audited(log)
    seen = report.sightings
    assert report.clean
    assert (seen.newest, seen.cosignatures, seen.wrong) == ((WITNESSES[1],), 4, ())
    assert (seen.sizes, seen.covered) == ((SIZE,), SIZE)
    assert (seen.policy.quorum, seen.policy.colluding) == (2, 1)


def test_a_log_without_witnesses_has_nothing_to_tell_of_them() -> None:
    log = golden.founded()
    log.cosign(*WITNESSES)
    assert audited(log).sightings == Sightings()


def test_a_line_that_does_not_verify_lowers_the_count_and_finds_nothing() -> None:
    log = golden.watched()
    other = golden.watched()
    other.sign(SIZE, bytes(32))
    other.cosign(WITNESSES[0])
    false = other.shelf.files["checkpoint"].splitlines(keepends=True)[-1]
    for name in ("checkpoint", f"checkpoints/{SIZE}"):
        lines = log.shelf.files[name].splitlines(keepends=True)
        log.shelf.files[name] = b"".join([*lines[:5], false, *lines[6:]])
    report = audited(log)
    assert report.clean
    assert (report.sightings.newest, report.sightings.cosignatures) == (WITNESSES[1:], 2)
    assert report.sightings.wrong == (WITNESSES[0], WITNESSES[0])


def test_cosignatures_of_what_the_log_did_not_sign_count_for_nothing() -> None:
    log = golden.watched()
    lines = log.shelf.files["checkpoint"].splitlines(keepends=True)
    log.shelf.files[f"checkpoints/{SIZE}"] = b"".join([*lines[:4], *lines[5:]])  # the log's own is gone
    log.shelf.files["checkpoint"] = b"".join(lines[:5])
    report = audited(log)
    assert codes(report) == [(None, Code.EARLIER_CHECKPOINT_INVALID)]
    assert (report.sightings.sizes, report.sightings.cosignatures) == ((), 0)


def test_a_quorum_may_stand_in_two_files_of_one_size() -> None:
    log = golden.watched()
    lines = log.shelf.files["checkpoint"].splitlines(keepends=True)
    log.shelf.files["checkpoint"] = b"".join([*lines[:5], lines[5]])
    log.shelf.files[f"checkpoints/{SIZE}"] = b"".join([*lines[:5], lines[6]])
    assert audited(log).sightings.sizes == (SIZE,)


def test_of_one_witness_in_two_files_the_earlier_time_counts() -> None:
    for name in ("checkpoint", f"checkpoints/{SIZE}"):
        log = golden.watched()
        begin = b"".join(log.shelf.files["checkpoint"].splitlines(keepends=True)[:5])
        log.shelf.files |= {"checkpoint": begin, f"checkpoints/{SIZE}": begin}
        log.cosign(*WITNESSES, at=log.at + 2 * MINUTE)
        later = log.shelf.files[name]
        log.shelf.files["checkpoint"] = begin
        log.cosign(*WITNESSES)
        log.shelf.files[name] = later
        assert audited(log).sightings.times == (int(log.at.timestamp()),)


def test_without_the_logs_key_nothing_is_known_of_witnesses() -> None:
    policy = Policy(witnesses=(golden.witness(WITNESSES[0]),), quorum=1)
    assert sightings.of_log(golden.watched().shelf, None, policy) == Sightings(policy=policy)


# -- the host's clock -------------------------------------------------------------------------------------------------
def grown(first: timedelta, cosigned: timedelta | None) -> Report:
    """One entry more, made so long after the quorum time before it, and cosigned so long after that."""
    log = golden.watched()
    log.at += first - MINUTE
    log.add_key("ID-JK", 7)
    log.publish()
    if cosigned is not None:
        log.cosign(*WITNESSES[:2], at=log.at + cosigned)
    return audited(log)


def test_an_entry_may_be_five_minutes_after_its_covering_quorum_time_and_not_a_second_more() -> None:
    assert grown(HOUR, -SLACK).clean
    assert codes(grown(HOUR, -SLACK - SECOND)) == [(SIZE, Code.AT_AFTER_WITNESSED)]


def backdated(by: timedelta, *, covered: bool) -> Report:
    """The witnesses' clocks say that the last checkpoint was seen so long after the entry behind it."""
    log = golden.watched()
    note = log.shelf.files["checkpoint"].splitlines(keepends=True)
    log.shelf.files["checkpoint"] = b"".join(note[:5])
    log.cosign(*WITNESSES, at=log.at + MINUTE + by)
    log.add_key("ID-JK", 7)
    log.add_key("ID-JI", 7)
    log.publish()
    if covered:
        log.cosign(*WITNESSES, at=log.at + by)
    return audited(log)


@pytest.mark.parametrize("covered", [True, False])
def test_an_entry_may_be_five_minutes_before_its_preceding_quorum_time_and_not_a_second_more(covered: bool) -> None:
    assert backdated(SLACK, covered=covered).clean
    report = backdated(SLACK + SECOND, covered=covered)
    assert codes(report) == [(SIZE, Code.AT_BEFORE_WITNESSED)]
    assert f"entry {SIZE} claims" in report.findings[0].message


def test_of_entries_at_fault_alike_the_first_is_named_and_the_rest_counted() -> None:
    report = backdated(HOUR, covered=True)
    assert codes(report) == [(SIZE, Code.AT_BEFORE_WITNESSED)]
    assert f"entries {SIZE} to {SIZE + 1} claim" in report.findings[0].message
    log = golden.watched()
    log.at += HOUR
    for number in range(3):
        log.add_key("ID-JK", 7 + number)
    log.publish()
    log.cosign(*WITNESSES, at=log.at - SLACK - MINUTE)  # the first of the three is not too late yet
    report = audited(log)
    assert codes(report) == [(SIZE + 2, Code.AT_AFTER_WITNESSED)]
    log.cosign(*WITNESSES, at=log.at - HOUR)
    report = audited(log)
    assert codes(report) == [(SIZE, Code.AT_AFTER_WITNESSED)]
    assert f"entries {SIZE} to {SIZE + 2} claim" in report.findings[0].message


def test_one_witness_whose_clock_is_wrong_accuses_nobody() -> None:
    log = golden.watched()
    log.add_key("ID-JK", 7)
    log.publish()
    log.cosign(WITNESSES[0], at=log.at - DAY)
    log.cosign(*WITNESSES[1:])
    assert audited(log).clean


# -- below quorum -----------------------------------------------------------------------------------------------------
def uncovered(after: timedelta, before: Callable[[Log], object] = lambda log: None) -> Report:
    """An entry that no quorum saw, and another one so long after it."""
    log = golden.watched()
    log.add_key("ID-JK", 7)
    since = log.at
    log.publish()
    log.cosign(WITNESSES[2])
    before(log)
    log.at = since + after - MINUTE
    log.add_key("ID-JI", 7)
    log.publish()
    return audited(log)


def noted(log: Log) -> None:
    """Breaches of so long a time are noted, so that it is the witnesses alone of whom something is found."""
    for verb in ("acknowledge", "decide"):
        log.note(golden.owed(f"referral.{verb}", log.ids[SIZE - 1], golden.referral(1)), after=5 * DAY)


def test_a_day_below_quorum_is_told_and_a_second_more_is_a_finding() -> None:
    report = uncovered(DAY)
    assert (report.clean, report.size - report.sightings.covered) == (True, 2)
    assert codes(uncovered(DAY + SECOND)) == [(SIZE, Code.QUORUM_MISSING)]


def test_an_outage_that_is_proved_is_no_time_below_quorum() -> None:
    def down(log: Log) -> None:
        log.out(log.at, log.at + 3 * HOUR, after=3 * HOUR)

    assert uncovered(DAY + 3 * HOUR, down).clean
    assert codes(uncovered(DAY + 3 * HOUR + SECOND, down)) == [(SIZE, Code.QUORUM_MISSING)]


def test_a_log_that_was_never_seen_is_named_by_its_first_entry() -> None:
    log = golden.watched()
    bare = b"".join(log.shelf.files["checkpoint"].splitlines(keepends=True)[:5])
    log.shelf.files |= {"checkpoint": bare, f"checkpoints/{SIZE}": bare}
    noted(log)
    log.publish()
    assert codes(audited(log)) == [(0, Code.QUORUM_MISSING)]


def test_a_quorum_of_none_demands_nothing() -> None:
    log = Log()
    log.adopt(lambda said: replace(said, witnesses=(golden.witness("w").spell(),)))
    log.add_key(PROVINCES[0])
    log.at += 3 * DAY
    log.add_key(PROVINCES[0], 7)
    log.publish()
    report = audited(log)
    assert report.clean
    assert (report.sightings.sizes, report.sightings.policy.colluding) == ((), 0)


def test_a_size_that_the_entries_do_not_reach_is_held_against_no_entry() -> None:
    log, longer = golden.watched(), golden.watched()
    longer.at -= DAY
    longer.add_key("ID-JK", 7)
    longer.publish()
    longer.cosign(*WITNESSES)
    log.shelf.files[f"checkpoints/{SIZE + 1}"] = longer.shelf.files["checkpoint"]
    assert codes(audited(log)) == [(None, Code.EARLIER_ROOT_DIFFERS)]


# -- every byte -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["checkpoint", f"checkpoints/{SIZE}"])
def test_each_byte_of_each_cosignature_that_is_another_lowers_the_count_by_one_or_spoils_the_note(name: str) -> None:
    log = golden.watched()
    note, key = log.shelf.files[name], notes.key_of(golden.ORIGIN, golden.key("log"))
    policy = Policy(witnesses=tuple(golden.witness(each) for each in WITNESSES), quorum=2)
    begin = len(b"".join(note.splitlines(keepends=True)[:5]))

    def counted(shelf: golden.Shelf) -> int:
        seen = sightings.of_log(shelf, key, policy)
        return len(seen.newest) + seen.cosignatures

    whole = counted(log.shelf)
    spoilt = 0
    for place in range(begin, len(note)):
        shelf = log.shelf.copy()
        shelf.files[name] = note[:place] + bytes([note[place] ^ 1]) + note[place + 1 :]
        try:
            checkpoints.verify(shelf.files[name], key)
        except Unreadable:
            spoilt += 1
            continue
        assert counted(shelf) == whole - 1, place
    assert 3 * 3 < spoilt < 30 * 3  # dashes, spaces, ends of lines, and what is no base64
    assert len(note) - begin > 3 * 100


@pytest.mark.parametrize("place", range(3))
def test_a_note_that_such_a_byte_spoilt_is_a_finding(place: int) -> None:
    log = golden.watched()
    note = log.shelf.files["checkpoint"]
    begin = len(b"".join(note.splitlines(keepends=True)[:5])) + place
    log.shelf.files["checkpoint"] = note[:begin] + bytes([note[begin] ^ 1]) + note[begin + 1 :]
    assert codes(audited(log)) == [(None, Code.CHECKPOINT_INVALID)]
