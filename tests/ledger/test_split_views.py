"""A host that shows two histories: which readers notice, and which do not."""

from ledger import verifier
from ledger.checkpoints import Checkpoint
from ledger.rules import Code
from tests.ledger.golden import Log, referral
from tests.ledger.spoiled import LEGAL, SIZE, codes


def split() -> tuple[Log, Log]:
    """From one beginning, for one half of the readers Jakarta refers somebody, for the other half somebody else."""
    one, other = LEGAL.copy(), LEGAL.copy()
    one.send("ID-JK", "ID-JI", referral(77))
    other.send("ID-JB", "ID-JI", referral(78))
    return one, other


def shown(log: Log) -> Checkpoint:
    return log.publish()


def test_each_of_two_histories_is_clean_to_whoever_is_shown_that_one_alone() -> None:
    """Said in the threat model: without witnesses, one reader alone cannot tell."""
    one, other = split()
    first, second = shown(one), shown(other)
    assert (first.size, second.size) == (SIZE + 1, SIZE + 1)
    assert first.root != second.root
    assert verifier.verify(one.shelf).clean
    assert verifier.verify(other.shelf).clean


def test_a_statement_whose_signer_saw_one_history_has_no_place_in_the_other() -> None:
    one, other = split()
    shown(one)
    shown(other)
    one.seen, other.seen = other.seen, one.seen  # a signer of each half, and its statement is entered in the other
    for log in (one, other):
        log.send("ID-JT", "ID-JI", referral(79))
        log.publish()
        assert codes(verifier.verify(log.shelf)) == [(SIZE + 1, Code.SEEN_FORKED)]
