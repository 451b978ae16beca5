"""A second audit of a whole log, written from docs/ledger-format.md and sharing no line with the first.

Promise: the same findings as `ledger.verifier`, by index, rule and code; where the two differ, one of them or the text
is wrong.
Rules: the standard library and `cryptography` alone; neither `ledger` nor `casework` nor PyNaCl (a test says so). The
tables F7, F8, O1 and A1 are read from the text itself, not written down again: a new kind that changes nothing besides
needs its rows there, one that does its line in `audits.EFFECTS`; section 8 names the other files.
Elsewhere: what is owed, counted a second time, `tests.ledger.second_count`; that both audits agree,
`tests.ledger.test_second_audit`.
"""
