"""The tables of access: clients, their tokens, and what was seen once and may not be seen again.

Promise: no secret of a client stands here, only its public keys; of a token its number alone.
Elsewhere: who reads and writes them, `auth`; everything else that is kept, `database.tables`.
"""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, ForeignKey, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import Instant, metadata

oauth_client = Table(
    "oauth_client",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("party", Text, nullable=False),  # ID-JK, AUDITOR:<name>, WITNESS:<name>, HOST
    Column("name", Text, nullable=False),
    Column("jwks", JSONB, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("purposes", ARRAY(Text), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column("trusted_only", Boolean, nullable=False),  # sends registered documents only
)
oauth_token = Table(
    "oauth_token",
    metadata,
    Column("jti", Text, primary_key=True),
    Column("client_id", Text, ForeignKey("oauth_client.client_id"), nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
oauth_replay = Table(  # UNLOGGED: what was seen once and may not be seen again
    "oauth_replay",
    metadata,
    Column("kind", Text, primary_key=True),  # assertion | dpop
    Column("value", Text, primary_key=True),  # sha256 of (client or key thumbprint, jti)
    Column("minute", BigInteger, nullable=False),  # when it may be forgotten, minutes since 1970
)
