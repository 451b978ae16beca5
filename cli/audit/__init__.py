"""The auditor's command: fetch a log's files, and verify them without trusting whoever served them.

Promise: with a log's files and the trust anchor, anyone can tell offline what was signed, in which order, and whether
anything was changed; `python -m cli.audit` runs where nothing but `ledger`, `casework` and this folder exists.
Rules: imports only `ledger`, `casework`, the standard library, PyNaCl, rfc8785, Typer and Rich.
Elsewhere: the verification rules, `ledger.verifier`; the numbered format, docs/ledger-format.md.
"""
