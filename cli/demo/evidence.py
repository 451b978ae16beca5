"""The story's end: the log is fetched and verified by a fresh process, and one changed byte is caught.

Promise: the verdicts shown are those of `python -m cli.audit` in processes of their own, by exit code.
Rules: only a copy is ever spoiled, and the copies are removed at the end.
Elsewhere: the auditor's command, `cli.audit`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.text import Text

import cli
from cli.audit import shelves
from cli.audit.downloads import size_of
from cli.audit.endings import CLEAN, FOUND, Stopped
from cli.audit.folders import Folder
from cli.demo.answers import number
from cli.demo.pages import Page
from cli.demo.provinces import Acted
from cli.demo.worlds import AUDITOR, World
from ledger import entries, geneses, receipts, tiles, trees
from ledger.envelopes import Envelope

PATIENCE: Final = 12.0  # seconds until the next checkpoint must have come
ROOM: Final = Path(cli.__file__).parent.parent


def tell(page: Page, world: World, last: Acted, shown: Sequence[Envelope]) -> None:
    """Chapters 10 to 12."""
    index = number(last.answer, "entry", "index")
    with tempfile.TemporaryDirectory(prefix="estafet-demo-") as place:
        copy = Path(place) / "copy"
        fetched(page, world, copy, index)
        verified(page, world, copy)
        kept(page, Folder(copy), shown)
        spoiled(page, world, copy, Path(place) / "spoiled", index)


def fetched(page: Page, world: World, copy: Path, index: int) -> None:
    """The auditor brings the log, once a checkpoint covers the last entry."""
    page.chapter("Buku besar diambil auditor", "an auditor fetches the log")
    issuer = world.clients[AUDITOR].issuer
    with page.waiting("waiting for the next checkpoint"):
        size = wait_covered(issuer, index)
    page.says(f"checkpoint of size {size}, signed by the log; it covers entry {index}")
    said(page, ["fetch", issuer, str(copy), "--as", str(world.client_file(AUDITOR))], CLEAN)


def verified(page: Page, world: World, copy: Path) -> None:
    """A fresh process verifies it, offline."""
    page.chapter("Diperiksa proses baru, tanpa jaringan", "verified by a fresh process, offline")
    said(page, ["verify", str(copy), "--anchor", world.anchor], CLEAN)


def kept(page: Page, copy: Folder, shown: Sequence[Envelope]) -> None:
    """Every receipt that the two provinces were given is kept by the log."""
    leaves = [leaf for name in bundle_names(copy) for leaf in tiles.unbundle(copy.read(name) or b"")]
    host = bytes.fromhex(geneses.judge(entries.parse(leaves[0]).envelope).host_key)
    for envelope in shown:
        receipt = receipts.verify(envelope, host)
        if trees.leaf_hash(leaves[receipt.index]).hex() != receipt.leaf:
            raise Stopped(f"the receipt for entry {receipt.index} is not kept by the log", code=FOUND)
    page.says(f"All {len(shown)} receipts of the story are signed by the host, and their entries stand in the log.")


def bundle_names(folder: Folder) -> list[str]:
    """The bundles of a copy, in order."""
    size = size_of(folder.read("checkpoint") or b"", "checkpoint")
    return [tile.path() for tile in tiles.of_size(size) if tile.level is None]


def spoiled(page: Page, world: World, copy: Path, other: Path, index: int) -> None:
    """One byte of the receipt is changed in a copy."""
    page.chapter("Satu byte diubah dalam salinan", "one byte is changed in a copy")
    shutil.copytree(copy, other)
    change_one_byte(Folder(other), index)
    page.says(f"in the copy's entry {index}, East Java's signed receipt")
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


def said(page: Page, words: Sequence[str], code: int, most: int = 40) -> str:
    """Run the auditor's command in a process of its own, and show what it says."""
    page.says(f"$ estafet audit {' '.join(map(shortened, words))}", "cyan")
    with page.waiting("another process is at work"):
        done = subprocess.run(  # noqa: S603  # our own command, by this very interpreter
            [sys.executable, "-m", "cli.audit", *words],
            cwd=ROOM,
            env={**os.environ, "COLUMNS": "72", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != code:
        raise Stopped(
            f"the auditor's process ended with {done.returncode}, not {code}: {done.stderr.strip()}", code=FOUND
        )
    lines = [line.rstrip() for line in done.stdout.strip().splitlines()]
    page.quoted(Text("\n".join(lines[:most] + (["…", lines[-1]] if len(lines) > most else []))))
    return done.stdout


def shortened(word: str) -> str:
    """A path by its last part, a hash by its beginning: for reading, not for pasting."""
    if len(word) == 64 and word.isalnum():
        return f"{word[:12]}…"
    return word if "://" in word else Path(word).name
