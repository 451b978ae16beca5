"""What travels between processes arrives as it was sent."""

import pickle

import pytest

from ledger import chunks, cuts, entries, statements
from ledger.chunks import Chunk
from tests.ledger.spoiled import BUNDLE, LEGAL, SIZE, TILE

WHOLE = Chunk(
    first=0,
    count=SIZE,
    bundle=LEGAL.shelf.files[BUNDLE],
    tile=LEGAL.shelf.files[TILE],
    before=None,
    root=None,
    claimed={},
)


def test_an_examination_arrives_as_it_was_sent() -> None:
    sent = chunks.examine(WHOLE)
    told = pickle.dumps(sent)
    assert pickle.loads(told) == sent  # noqa: S301  # our own bytes


@pytest.mark.parametrize("number", range(SIZE))
def test_a_statement_of_each_kind_arrives_as_it_was_sent(number: int) -> None:
    leaf = cuts.cut(LEGAL.shelf.files[BUNDLE])[number].leaf
    sent = statements.parse(entries.parse(leaf).envelope.payload)
    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301  # our own bytes
    assert arrived == sent
    assert statements.encode(arrived) == statements.encode(sent)
