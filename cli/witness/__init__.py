"""One party's witness: it signs that a log's checkpoints continue each other, keeps a copy, and takes deposits.

Promise: nobody can show this witness, or those who trust it, two histories of one log; what it has signed it never
forgets, whatever kills it.
Rules: judges with `ledger` and `casework` alone, and never with anything of the service that it watches. It cosigns on
consistency alone; what its copy breaks of the rules is told on its page, and stops nothing.
Elsewhere: what it decides, `ledger.witnesses`; the auditor's tool, whose fetch and verifier it uses, `cli.audit`; who
asks it, `operations.collecting`.
"""
