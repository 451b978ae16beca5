"""A restored database held against the published log: what is missing, what is another one, and nothing is changed."""

from pathlib import Path
from typing import Any

import pytest

from cli.audit.folders import Folder
from database import shelves
from ledger import verifier
from operations import recovering
from operations.recovering import Difference, Lost, Signed
from tests.operations import digests, restored
from tests.operations.worlds import EAST_JAVA, JAKARTA, World

KINDS = ["referral.sent", "referral.accepted", "fitness.certified", "handover.released", "handover.received"]
UNGUARDED = "alter table ledger_entry disable trigger all; alter table ledger_head disable trigger all"

EDIT = r"""update ledger_entry set leaf = leaf || '\x20',
    leaf_hash = encode(sha256('\x00'::bytea || leaf || '\x20'), 'hex') where index = 3"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "ledger")


async def surveyed(world: World, folder: Folder) -> tuple[int, int, Difference | None, Lost]:
    """The sizes of both logs, where they part, and what moved in what is missing."""
    note = shelves.Folder(root=folder.path).signed()
    head = await recovering.head(world.desk.databases)
    assert note is not None
    assert head is not None
    files, lost = Signed(folder, note), Lost(start=head.size)
    report = verifier.verify(files, docket=lost)
    assert report.clean
    return head.size, report.size, await recovering.compare(world.desk.databases, head, files, report.size), lost


async def test_what_an_older_backup_has_lost_is_told_by_kinds_and_random_ids(
    world: World, folder: Folder, superuser: Any
) -> None:
    older = await world.sent()
    referral, handover = await world.received()
    assert (await world.audited(folder.path)).clean
    first = await superuser.fetchval("select index from ledger_entry where referral_id = $1 limit 1", older)
    await restored.cut(superuser, first + 1)
    before = await digests.digest(superuser)
    held, published, difference, lost = await surveyed(world, folder)
    assert (held, difference) == (first + 1, None)
    told = list(recovering.lost(folder, held, published))
    assert [each.index for each in told] == list(range(held, published))
    assert [each.kind for each in told] == KINDS
    assert {each.referral for each in told} == {referral.hex}
    assert {each.party for each in told} == {JAKARTA, EAST_JAVA}
    assert list(lost.moved) == [referral.hex]
    moved = lost.moved[referral.hex]
    assert (moved.before, moved.after.status) == (None, "COMPLETED")
    assert [each.id for each in moved.after.handovers] == [handover]
    assert {now.kind for _, now in moved.obligations()} >= {"referral.acknowledge", "handover.receipt"}
    assert await digests.digest(superuser) == before


async def test_a_referral_that_only_went_on_in_what_was_lost_is_told_from_where_it_stood(
    world: World, folder: Folder, superuser: Any
) -> None:
    referral = await world.accepted()
    await world.audited(folder.path)
    size = await superuser.fetchval("select size from ledger_head")
    await restored.cut(superuser, size - 1)
    _, _, difference, lost = await surveyed(world, folder)
    moved = lost.moved[referral.hex]
    assert difference is None
    assert moved.before is not None
    assert (moved.before.status, moved.after.status) == ("SENT", "ACCEPTED")
    assert {was is not None and was.is_ended for was, _ in moved.obligations()} == {False}
    assert all(now.is_ended for _, now in moved.obligations())


async def test_of_what_is_owed_on_it_only_what_is_otherwise_is_told(
    world: World, folder: Folder, superuser: Any
) -> None:
    """The receipt alone is lost: what was owed for deciding stands as it stood."""
    referral, _ = await world.received()
    await world.audited(folder.path)
    await restored.cut(superuser, await superuser.fetchval("select size from ledger_head") - 1)
    _, _, _, lost = await surveyed(world, folder)
    told = {(now.kind.value, was is None) for was, now in lost.moved[referral.hex].obligations()}
    assert told == {("handover.receipt", False), ("discrepancy.answer", True)}


async def test_keys_that_were_added_are_told_by_name(world: World, folder: Folder) -> None:
    await world.audited(folder.path)
    size = folder.numbers("checkpoints")[-1]
    told = [each for each in recovering.lost(folder, 0, size) if each.kind == "key.added"]
    assert told
    assert {each.key.split("/")[0] for each in told if each.key is not None} == {each.party for each in told}


async def test_the_log_goes_as_far_as_was_signed_though_readers_were_not_shown_it_yet(
    world: World, folder: Folder
) -> None:
    """The publisher was killed behind its signature; and the log drops a partial bundle when the next one is full."""
    await world.audited(folder.path)
    shown = (folder.path / "checkpoint").read_bytes()
    await world.sent()
    await world.audited(folder.path)
    size = folder.numbers("checkpoints")[-1]
    (folder.path / f"checkpoints/{size}").unlink()
    (folder.path / "checkpoint").write_bytes(shown)
    partial = folder.path / f"tile/entries/000.p/{size}"
    (folder.path / "tile/entries/000").write_bytes(partial.read_bytes() + bytes.fromhex("000120"))
    partial.unlink()
    held, published, difference, _ = await surveyed(world, folder)
    assert (held, published, difference) == (size, size, None)
    assert [each.index for each in recovering.lost(folder, size - 1, size)] == [size - 1]


@pytest.mark.parametrize("more", [0, 1])
async def test_a_database_that_holds_all_of_it_has_lost_nothing(world: World, folder: Folder, more: int) -> None:
    await world.accepted()
    await world.audited(folder.path)
    for _ in range(more):
        await world.sent()
    held, published, difference, lost = await surveyed(world, folder)
    assert (held, difference, lost.moved) == (published + more, None, {})
    assert list(recovering.lost(folder, held, published)) == []


@pytest.mark.parametrize("again", [1, 4])
async def test_what_was_entered_after_the_restore_is_the_first_difference_and_is_named(
    world: World, folder: Folder, superuser: Any, again: int
) -> None:
    """As long as the published log, or longer: no part of another history is taken for the beginning of it."""
    await world.sent()
    await world.audited(folder.path)
    size = await superuser.fetchval("select size from ledger_head")
    await restored.cut(superuser, size - 1)
    sent = [(await world.sent()).hex for _ in range(again)]
    before = await digests.digest(superuser)
    _, _, difference, _ = await surveyed(world, folder)
    assert difference is not None
    assert (difference.index, difference.count) == (size - 1, again)
    assert "another one than was published" in difference.message
    assert [(each.kind, each.referral) for each in difference.beyond] == [("referral.sent", each) for each in sent]
    assert await digests.digest(superuser) == before


@pytest.mark.parametrize(
    ("change", "index", "message"),
    [
        ("delete from ledger_entry where index = 2", 2, "it is missing"),
        (EDIT, 3, "another one"),
        ("update ledger_head set size = 4", 4, "behind the head"),
        ("update ledger_head set leaf_hash = repeat('c', 64)", 5, "the head does not stand behind it"),
        ("delete from ledger_entry where index >= 5", 5, "it is missing"),
    ],
)
async def test_a_database_that_is_no_true_beginning_is_told_by_its_first_entry_that_differs(
    world: World, folder: Folder, superuser: Any, change: str, index: int, message: str
) -> None:
    await world.accepted()
    await world.audited(folder.path)
    async with superuser.transaction():
        await superuser.execute(UNGUARDED)
        await superuser.execute(change)
    _, _, difference, _ = await surveyed(world, folder)
    assert difference is not None
    assert difference.index == index
    assert message in difference.message
