"""An entry left out: by a host that makes everything it can anew, and by a keeper of files who can make nothing.

The host has the log's key and its own. It leaves out one entry, renumbers and chains what is behind it, signs its own
notices anew so that they name what is left, and publishes new tiles and checkpoints. What the provinces have signed it
cannot change. The table says for each entry of the golden log what gives it away: a finding; or, with no finding, what
is owed comes out otherwise; or only the receipt that the signer holds. Of its own notices nobody else holds a receipt,
so none of them may be of the last sort.
"""

from functools import cache
from typing import Final

import pytest

from casework.parties import HOST
from ledger import admissions, entries, verifier
from ledger.dockets import Docket, Row
from ledger.rules import Code
from ledger.verifier import Report
from tests.ledger.golden import Log
from tests.ledger.spoiled import LEGAL, SIZE, kept, made_anew, receipt, told

OTHERWISE, RECEIPT = "what is owed is otherwise", "the signer's receipt"

GIVEN_AWAY: Final[list[tuple[str, str]]] = [
    ("agreement.adopted", Code.GENESIS_INVALID),
    *[("key.added", Code.KEY_UNKNOWN)] * 10,
    # handed over in good condition, and published: whoever has seen that has seen another log
    ("referral.sent", Code.REFERRAL_UNKNOWN),
    ("referral.acknowledged", Code.KEY_PREV_MISSING),
    ("referral.accepted", Code.REFERRAL_PREV_STALE),
    ("fitness.certified", Code.KEY_PREV_MISSING),
    ("handover.released", Code.REFERRAL_PREV_STALE),
    ("handover.received", Code.SEEN_FORKED),
    # declined; withdrawn
    ("referral.sent", Code.REFERRAL_UNKNOWN),
    ("referral.declined", Code.KEY_PREV_MISSING),
    ("referral.sent", Code.KEY_PREV_MISSING),
    ("referral.withdrawn", Code.KEY_PREV_MISSING),
    # refused, released again, received in worse condition
    ("referral.sent", Code.REFERRAL_UNKNOWN),
    ("referral.accepted", Code.REFERRAL_PREV_STALE),
    ("fitness.certified", Code.KEY_PREV_MISSING),
    ("handover.released", Code.REFERRAL_PREV_STALE),
    ("handover.refused", Code.REFERRAL_PREV_STALE),
    ("fitness.certified", Code.KEY_PREV_MISSING),
    ("handover.released", Code.REFERRAL_PREV_STALE),
    ("handover.received", Code.REFERRAL_PREV_STALE),
    # never answered; a key that comes and goes; what the host has to say of all that
    ("referral.sent", Code.REFERRAL_UNKNOWN),
    ("key.added", Code.KEY_PREV_MISSING),
    ("key.revoked", RECEIPT),  # nothing is signed after it by the root or by the key
    ("obligation.breach_noted", OTHERWISE),  # answered within the day, so that it is not missing any more
    ("discrepancy.answered", OTHERWISE),
    ("obligation.breach_noted", Code.NOTICE_MISSING),
    ("obligation.breach_noted", Code.NOTICE_MISSING),
    ("referral.expired", Code.NOTICE_MISSING),
    # let off and waited for
    ("referral.sent", Code.REFERRAL_UNKNOWN),
    ("obligation.waiver_offered", Code.ACT_ILLEGAL),
    ("obligation.waiver_agreed", Code.KEY_PREV_MISSING),
    ("obligation.pause_offered", Code.ACT_ILLEGAL),
    ("obligation.pause_agreed", Code.KEY_PREV_MISSING),
    ("obligation.resumed", OTHERWISE),
    ("host.outage", OTHERWISE),
    ("obligation.waiver_offered", Code.KEY_PREV_MISSING),
    ("referral.accepted", OTHERWISE),
    # entered late
    ("referral.sent", Code.REFERRAL_UNKNOWN),
    ("referral.accepted", Code.REFERRAL_PREV_STALE),
    ("fitness.certified", Code.KEY_PREV_MISSING),
    ("handover.released", Code.REFERRAL_PREV_STALE),
    ("obligation.breach_noted", OTHERWISE),
    ("handover.received", Code.KEY_PREV_MISSING),
    ("bast.recorded", OTHERWISE),
    ("bast.recorded", OTHERWISE),
    # and one more handed over
    ("referral.sent", Code.REFERRAL_UNKNOWN),
    ("referral.acknowledged", Code.KEY_PREV_MISSING),
    ("referral.accepted", Code.REFERRAL_PREV_STALE),
    ("fitness.certified", Code.KEY_PREV_MISSING),
    ("handover.released", Code.REFERRAL_PREV_STALE),
    ("handover.received", OTHERWISE),
]


@cache
def audited(leave_out: int) -> tuple[Report, tuple[Row, ...]]:
    """The verdict on what is left, and what is owed by it."""
    return _audited(made_anew(LEGAL.leaves, leave_out))


def _audited(log: Log) -> tuple[Report, tuple[Row, ...]]:
    docket = Docket()
    report = verifier.verify(log.shelf, docket=docket)
    return report, tuple(told(row) for row in docket.rows(LEGAL.at))


WHOLE, FULL = _audited(LEGAL)


def kind_of(number: int) -> str:
    return admissions.ask(entries.parse(LEGAL.leaves[number]).envelope).kind or ""


def test_the_table_is_of_every_entry() -> None:
    assert [kind for kind, _ in GIVEN_AWAY] == [kind_of(number) for number in range(SIZE)]


@pytest.mark.parametrize("number", range(SIZE))
def test_no_entry_can_be_left_out_unnoticed(number: int) -> None:
    _, given_away_by = GIVEN_AWAY[number]
    report, rows = audited(number)
    found = {finding.code for finding in report.findings}
    if given_away_by == OTHERWISE:
        assert (found, rows != FULL) == (set(), True)
    elif given_away_by == RECEIPT:
        assert (found, rows == FULL) == (set(), True)
        assert report.signed != WHOLE.signed  # and the line of its key, as its signer knows it
    else:
        assert given_away_by in found


def test_only_what_a_province_signed_is_left_to_its_receipt() -> None:
    left = [number for number, (_, how) in enumerate(GIVEN_AWAY) if how == RECEIPT]
    assert HOST not in {admissions.ask(entries.parse(LEGAL.leaves[number]).envelope).party for number in left}


def test_a_log_made_anew_without_leaving_anything_out_is_as_clean_and_owes_the_same() -> None:
    """What gives the others away is what is missing, not the making."""
    report, rows = _audited(made_anew(LEGAL.leaves, SIZE))
    assert report.clean
    assert rows == FULL


@pytest.mark.parametrize("number", range(1, SIZE - 1))  # the last one's receipt is only newer than the copy
def test_who_holds_the_receipt_can_show_what_was_left_out(number: int) -> None:
    report = verifier.verify(made_anew(LEGAL.leaves, number).shelf, shown=[receipt(LEGAL, number)])
    assert Code.RECEIPT_UNKEPT in {found.code for found in report.findings}


@pytest.mark.parametrize("number", range(SIZE))
def test_an_entry_taken_out_of_the_files_is_missed(number: int) -> None:
    report = kept(lambda leaves: leaves[:number] + leaves[number + 1 :])
    assert report.findings[0].index == number
