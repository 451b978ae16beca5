"""Whatever comes from outside, only the room's own errors come out; and what was written is read as it was meant.

Rules: none of the readers is left out: whatever in these rooms is called as a reader is in the table, or has its
reason here why it is not.
Elsewhere: the table, `parsers` beside this; the same, led by what the code does with it, `fuzzing`.
"""

import ast
import re
from itertools import chain

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.house import bending, parsers
from tests.house.parsers import Parser
from tests.house.sources import ROOT, modules, told, tree

assert settings.default is not None
EXAMPLES = settings.default.max_examples
ROWS = {each.address: each for each in parsers.table()}
NAMES = re.compile(
    r"(parse|decode|read|load|unbundle|unpack|peek|cut|verify|open|examine)(d|ed)?(_\w+)?|admit(ted)?|accepted|in_url"
    r"|in_file|public_half|object_in|credentials|strict_\w+|offered|checked"
)
READERS = ("ledger", "auth", "api", "cli", "reading", "settings", "casework", "database")
LEFT_OUT: dict[str, str] = {
    "ledger.admissions.examine": "judges an envelope that was read before",
    "ledger.admissions.admit": "judges an envelope that was read before",
    "ledger.chunks.examine": "of a whole log: `tests.ledger.test_single_bytes` bends every file of it",
    "ledger.commitments.open_all": "compares what `cli.prepared` has read",
    "ledger.envelopes.verify": "has keys and signatures of settled length",
    "ledger.forums.verify": "judges an envelope that was read before",
    "ledger.keys.admit": "`admitted` reads the text, and this is all it does",
    "ledger.shapes.read_object": "the whole of `statements.parse`, which is tried",
    "ledger.statements.encodings.parse_checked": "reads what `encode` has just written",
    "ledger.statements.encodings.read": "`parse` for a body that was decoded before",
    "ledger.trees.verify_inclusion": "numbers and hashes: `proofs.verify` is tried, and `tests.ledger.test_trees`",
    "ledger.trees.verify_consistency": "numbers and hashes: `tests.ledger.test_trees`",
    "ledger.verifier.verify": "of a whole log: `tests.ledger.test_single_bytes` bends every file of it",
    "auth.resources.admit": "a request as a whole: `tests.api.test_any_request`",
    "auth.secret_files.read": "gives the file's text unread",
    "api.visits.admitted": "notes who was let in; reads nothing",
    "cli.audit.commands.verify": "the command around `ledger.verifier`",
    "cli.audit.commands.verify_proof": "the command around `exhibits.checked`",
    "cli.audit.connections.opened": "opens a line to an origin that `checked` has read",
    "cli.audit.receipts.read": "`in_file` for each of the files",
    "cli.checking.open_files": "asks the system how many files may be open",
    "cli.connect.desks.opened": "opens a desk; reads nothing by itself",
    "cli.connect.doors.admit": "of the sidecar's own machine: `tests.cli.test_connect`",
    "cli.connect.sockets.opened": "opens a line",
    "cli.connect.stores.opened": "opens a folder; what stands in it, `Store.read_tally`",
    "cli.connect.upstreams.opened": "opens a line",
    "cli.demo.watching.opened": "opens a folder",
    "cli.demo.worlds.read": "reads what the demo itself has written",
    "cli.documents.read": "`in_file` for each of the files",
    "cli.founding.parsed": "a file's bytes into `casework.agreements.parse`",
    "cli.main.loaded": "loads a module of ours by its word",
    "cli.prepared.opened": "within `examine`, which is tried",
    "cli.signing_states.read_by": "`receipts.verify` under several keys",
    "cli.witness.commands.opened": "opens a folder",
    "casework.fitness.examined_in_time": "judges a certificate that was read before",
    "reading.rows.cut": "ends a page",
    "reading.answers.admit": "compares scopes",
    "reading.answers.read": "asks the database",
    "reading.seals.opened": "plans; what is sealed, the database holds",
    "casework.cases.open_case": "an act of the rules, on values that were read before",
    "casework.handovers.open_one": "looks among handovers that were read before",
    "database.buckets.opened": "opens a store",
    "database.engines.open_databases": "opens connections",
    "database.engines.open_engine": "opens connections",
    "database.sealed.open_sealed": "what the service itself has sealed: `tests.database.test_sealed`",
}


def outcome(parser: Parser, data: bytes) -> object | None:
    """What the reader makes of it; None where it is refused as the row says. Anything else comes out."""
    refusals: tuple[type[Exception], ...] = (*parser.refusals, parsers.Unfit)
    try:
        return parser.read(data)
    except refusals:
        return None


def tried(parser: Parser, data: bytes) -> None:
    """Read, and what was read written and read again."""
    found = outcome(parser, data)
    if found is not None and parser.write is not None:
        assert parser.read(parser.write(found)) == found


@pytest.mark.parametrize("address", sorted(ROWS))
def test_every_example_is_read_and_written_again(address: str) -> None:
    parser = ROWS[address]
    read = [outcome(parser, each) for each in parser.examples]
    assert any(each is not None for each in read) or parser.address in ANSWERS_NOTHING
    for data in parser.examples:
        tried(parser, data)


HARD = {
    "nested deeper than Python recurses": b"[" * 30_000 + b"]" * 30_000,
    "objects nested deeper than Python recurses": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "nested deeper than Python recurses, and cut off": b"[" * 60_000,
    "more digits than Python reads": b"9" * 60_000,
    "a member of more digits than Python reads": b'{"a": ' + b"9" * 60_000 + b"}",
    "nothing": b"",
    "NUL": b"\x00",
    "a lone surrogate": b'{"name": "\\ud800"}',
}


@pytest.mark.parametrize("hard", sorted(HARD))
def test_what_python_itself_cannot_read_is_refused_in_every_room(hard: str) -> None:
    """Not under Hypothesis, which lets Python recurse much deeper than it does at work."""
    for parser in ROWS.values():
        tried(parser, HARD[hard])


ANSWERS_NOTHING = {"api.envelopes.check_named", "api.envelopes.check_content_type"}


@pytest.mark.parametrize("address", sorted(ROWS))
def test_nothing_but_the_rooms_own_errors_comes_out(address: str) -> None:
    parser = ROWS[address]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32))
    @example(0)
    def run(number: int) -> None:
        tried(parser, bending.bent(parser.examples, number))

    run()


@settings(max_examples=max(1, EXAMPLES // 4), derandomize=True, database=None, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda told: told.encode("utf-8", "replace"))))
def test_any_bytes_at_all_come_to_an_end_in_every_reader(data: bytes) -> None:
    for parser in ROWS.values():
        tried(parser, data)


def test_every_reader_is_tried_or_has_its_reason() -> None:
    """A reader that nobody tried is where the traceback comes from."""
    found = {
        f"{told(path).removesuffix('.py').replace('/', '.')}.{node.name}"
        for path in modules(*READERS)
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and NAMES.fullmatch(node.name)
    }
    assert found - ROWS.keys() == LEFT_OUT.keys() & found
    assert LEFT_OUT.keys() <= found, "a reason for something that is no more"
    assert not LEFT_OUT.keys() & ROWS.keys()


def test_the_table_names_readers_that_are_there() -> None:
    for address in ROWS:
        module, _, rest = address.rpartition(".")
        if rest[:1].islower() and module.rpartition(".")[2][:1].isupper():  # a method
            module, _, kind = module.rpartition(".")
            rest = f"{kind}.{rest}"
        path = ROOT / (module.replace(".", "/") + ".py")
        named = chain.from_iterable(
            [node.name, *(f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef))]
            for node in tree(path).body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        )
        assert rest in set(named), address
