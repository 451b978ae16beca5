"""A move: one statement and what it has done to one referral, with all that its rows need to know.

Promise: one statement's move is complete: what the rules moved, what was opened, who may now see what.
Elsewhere: its rows, `operations.saving` and `operations.handing`; what is owed after it, `operations.following`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, ScalarSelect, select

from casework.drafts import Preview
from casework.referrals import Referral
from database.sealed import DataKey
from ledger.canonical import JSON
from ledger.commitments import Opening
from ledger.statements import ReferralStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One statement and what it has done to one referral."""

    statement: ReferralStatement
    id: str
    case_id: UUID
    person_id: UUID
    key: DataKey | None = None  # of that person; None: of a notice, which tells nothing of anybody
    before: Referral | None = None
    after: Referral
    version: int  # of the referral before; 0 before it was sent
    handover_version: int = 0  # of the handover that is settled
    opened: Mapping[str, JSON] = field(default_factory=dict)
    openings: tuple[Opening, ...] = ()
    preview: Preview | None = None  # of referral.sent
    opens_case: bool = False

    @property
    def sealing(self) -> DataKey:
        """The key to seal under."""
        if self.key is None:
            raise ValueError("a notice seals nothing")
        return self.key


def at(e: FromClause) -> ScalarSelect[Any]:
    """The entry's own time."""
    return select(e.c.at).scalar_subquery()
