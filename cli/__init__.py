"""The command `estafet`: everything that is done from a terminal.

Promise: one word on the command line is one module here, and nothing is loaded that the word does not need.
Rules: the auditor's part (`cli.audit`) imports only `ledger` and `casework`, so that it can be given away with them.
Elsewhere: what the acts do, `operations`; what the service answers, `api`; what evidence is, `ledger`.
"""
