"""The evidence: statements, envelopes, the chain, the tree, its proofs, and the judge of all of them.

Promise: everything here is pure: no I/O, no clock, no SQL, no web. An auditor runs the code that judged and sealed.
Rules: the standard library, PyNaCl and rfc8785, and `casework` for the rules an act must obey.
Elsewhere: where entries are kept, `database`; what an act may do, `casework`; the format, docs/ledger-format.md.
"""
