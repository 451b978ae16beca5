"""The story's end: the log is fetched and verified by a fresh process, and one changed byte is caught; what is owed.

Promise: the verdicts shown are those of `python -m cli.audit` in processes of their own, by exit code.
Rules: only a copy is ever spoiled, and the copies are removed at the end.
Elsewhere: what was owed, `cli.demo.accounts`; the auditor's command, `cli.audit`.
"""

import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cli.audit import shelves
from cli.audit.clients import Client
from cli.audit.downloads import size_of
from cli.audit.endings import CLEAN, FOUND, Stopped
from cli.audit.folders import Folder
from cli.demo import accounts
from cli.demo.answers import number
from cli.demo.pages import Page
from cli.demo.processes import said
from cli.demo.provinces import Acted
from cli.demo.worlds import AUDITOR, World
from ledger import envelopes, tiles
from ledger.envelopes import Envelope

PATIENCE: Final = 12.0  # seconds until the next checkpoint must have come


def tell(page: Page, world: World, last: Acted, shown: Sequence[Envelope], asker: Client) -> None:
    """Chapters 11 to 14; `asker` is the auditor's own client."""
    index = number(last.answer, "entry", "index")
    with tempfile.TemporaryDirectory(prefix="estafet-demo-") as place:
        copy = Path(place) / "copy"
        fetched(page, world, copy, index)
        verified(page, world, copy, kept(Path(place) / "receipts", shown), len(shown))
        spoiled(page, world, copy, Path(place) / "spoiled", index)
        accounts.tell(page, asker, copy, world.anchor)


def fetched(page: Page, world: World, copy: Path, index: int) -> None:
    """The auditor brings the log, once a checkpoint covers the last entry."""
    page.chapter("Buku besar diambil auditor", "an auditor fetches the log")
    issuer = world.clients[AUDITOR].issuer
    with page.waiting("waiting for the next checkpoint"):
        size = wait_covered(issuer, index)
    page.says(f"checkpoint of size {size}, signed by the log; it covers entry {index}")
    said(page, ["fetch", issuer, str(copy), "--as", str(world.client_file(AUDITOR))], CLEAN)


def verified(page: Page, world: World, copy: Path, receipts: Path, count: int) -> None:
    """A fresh process verifies it, offline, and holds against it every receipt that the two provinces were given."""
    page.chapter("Diperiksa proses baru, tanpa jaringan", "verified by a fresh process, offline")
    text = said(page, ["verify", str(copy), "--anchor", world.anchor, "--receipt", str(receipts)], CLEAN)
    if f"{count} shown, {count} kept" not in text:
        raise Stopped("not every receipt of the story is kept by the log", code=FOUND)
    page.says(f"All {count} receipts of the story are signed by the host, and their entries stand in the log.")


def kept(folder: Path, shown: Sequence[Envelope]) -> Path:
    """The receipts as the provinces keep them: a file each."""
    for place, envelope in enumerate(shown):
        Folder(folder).write(f"{place:03}.json", envelopes.encode(envelope))
    return folder


def bundle_names(folder: Folder) -> list[str]:
    """The bundles of a copy, in order."""
    size = size_of(folder.read("checkpoint") or b"", "checkpoint")
    return [tile.path() for tile in tiles.of_size(size) if tile.level is None]


def spoiled(page: Page, world: World, copy: Path, other: Path, index: int) -> None:
    """One byte of the receipt is changed in a copy."""
    page.chapter("Satu byte diubah dalam salinan", "one byte is changed in a copy")
    shutil.copytree(copy, other)
    change_one_byte(Folder(other), index)
    page.says(f"in the copy's entry {index}, Jakarta's signed answer")
    text = said(page, ["verify", str(other), "--anchor", world.anchor], FOUND, most=12)
    if f" {index} " not in text:
        raise Stopped(f"the changed entry {index} was not named", code=FOUND)
    page.says(f"Found, and named: entry {index}. The exit code is 1.", "bold")


def wait_covered(issuer: str, index: int) -> int:
    """The size of the first checkpoint that covers an entry."""
    remote = shelves.remote(issuer, None)
    until = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < until:
            note = remote.read("checkpoint")
            if note is not None and (size := size_of(note, "checkpoint")) > index:
                return size
            time.sleep(0.2)
    finally:
        remote.close()
    raise Stopped("no new checkpoint came; is the publisher running?")


def change_one_byte(folder: Folder, index: int) -> None:
    """One letter of a statement's payload becomes another."""
    name = bundle_names(folder)[index // tiles.WIDTH]
    leaves = list(tiles.unbundle(folder.read(name) or b""))
    leaf = bytearray(leaves[index % tiles.WIDTH])
    place = leaf.index(b'"payload":"') + 60
    leaf[place] = ord("A") if leaf[place] != ord("A") else ord("B")
    leaves[index % tiles.WIDTH] = bytes(leaf)
    folder.write(name, tiles.bundle(leaves))
