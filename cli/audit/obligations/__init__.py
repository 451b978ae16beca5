"""`audit obligations`: what each province owed, by when, and what became of it, from the log alone.

Promise: the table comes from the same walk that verifies the log, so it is never of an unverified one; where anything
was found it is still given, and marked as not to be relied on.
Rules: imports what `cli.audit` may import and nothing else. On a screen, as JSON and as CSV every count and row is
told: these are the auditor's own papers. What is made to be published, the HTML page, suppresses small cells.
Elsewhere: the table itself, `ledger.dockets`; the law it follows, `casework.obligations`; the formats, in words for
those who read them by program, docs/audit-obligations.md.
"""
