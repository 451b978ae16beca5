"""What the tables are gathered in.

Promise: one `metadata` of every table, for the migrations and the tests that compare it with the live catalogue.
Elsewhere: the tables themselves, `database.tables`.
"""

from sqlalchemy import DateTime, MetaData

metadata = MetaData()
views = MetaData()  # not tables: nothing here is created or compared as one
Instant = DateTime(timezone=True)
