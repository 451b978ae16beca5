"""The rules: what may be done, by whom, when, and what then holds.

Promise: the same state, act and instant always give the same answer, in the service and in the auditor's tool.
Rules: no I/O, no clock, the standard library alone; every move is `verb(state, *, by, at, ...)` and returns the new
state or a refusal of the closed union in `casework.refusals`; states are frozen.
Elsewhere: what was signed and by which key, `ledger`; where states are kept, `database`.
"""
