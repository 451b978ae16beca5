"""The account as CSV: one line of names, then one line for each obligation, written as they come.

Promise: RFC 4180 in UTF-8, with CRLF; no field is ever a formula to a spreadsheet; each row carries which log it is of,
how far that may be relied on, and as of when, for rows are copied without their sheet.
Rules: an absent value is an empty field; stops are `from/until`, several apart by a space. A field that a spreadsheet
would take for a formula gets an apostrophe in front.
Elsewhere: the names' meaning, docs/audit-obligations.md.
"""

import csv
from collections.abc import Iterator
from typing import Final, TextIO

from cli.audit.obligations import documents, moments
from cli.audit.obligations.accounts import Account
from ledger.dockets import Row

OF_THE_LOG: Final = ("log", "standing", "asOf")
OF_THE_ROW: Final = (
    *("index", "kind", "clause", "basis", "debtor", "creditor", "referral", "term", "openedBy", "openedAt", "dueAt"),
    *("state", "ending", "endedAt", "endedBy", "endedKind", "pausedSince", "waiverOffer", "pauseOffer"),
    *("notedBy", "notedAt", "enteredLate", "contested", "stops"),
    *("stoppedByPauses", "stoppedByHost", "dueWithoutHost", "stateWithoutHost"),
)
STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def write(account: Account, out: TextIO) -> None:
    """The whole sheet."""
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerow((*OF_THE_LOG, *OF_THE_ROW))
    of_the_log = [account.verdict.report.origin, account.standing, moments.spell(account.as_of)]
    for row in account.rows:
        sheet.writerow([harmless(field) for field in (*of_the_log, *fields(row))])


def fields(row: Row) -> Iterator[int | str | None]:
    """A row, every field, in the order of the names."""
    for _, field in documents.fields(row):
        yield field
    yield "true" if row.entered_late else "false"
    yield "true" if row.contested else "false"
    yield " ".join(f"{moments.spell(stop.from_)}/{moments.spell(stop.until)}" for stop in row.stops)
    for _, field in documents.stood(row):
        yield field


def harmless(field: int | str | None) -> int | str | None:
    """A field that no spreadsheet runs."""
    return f"'{field}" if isinstance(field, str) and field.startswith(STARTS_A_FORMULA) else field
