"""Where everything is kept: tables, row security, transactions, the journal, migrations.

Promise: the rules that must hold for rows hold here even when the code above is wrong: PostgreSQL refuses.
Elsewhere: what is allowed and why, `casework`; what evidence looks like, `ledger`.
"""
