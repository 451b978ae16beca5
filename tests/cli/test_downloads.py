"""audit fetch: whole files, nothing twice, nothing half, contradictions kept."""

import json
import os
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from cli.audit import shelves
from cli.audit.downloads import Fetched, fetch
from cli.audit.endings import FOUND, Stopped
from cli.audit.folders import Folder
from ledger import tiles
from tests.cli.listeners import Service, credentials_for, served

AGREEMENT = "ab" * 32


def leaf(number: int) -> bytes:
    body = json.dumps({"agreement": AGREEMENT, "n": number}).encode()
    return json.dumps({"env": {"payload": b64encode(body).decode()}, "index": number}).encode()


def grow(files: Path, size: int) -> None:
    """Files with the shape of a log of this size; nothing in them is true, and nothing here looks."""
    for tile in tiles.of_size(size):
        first = tile.number * tiles.WIDTH
        if tile.level is None:
            put(files / tile.path(), tiles.bundle(leaf(n) for n in range(first, first + tile.width)))
        else:
            put(files / tile.path(), bytes([tile.level]) * 32 * tile.width)
    root = b64encode(bytes([size % 256]) * 32)
    checkpoint = b"log.example\n%d\n%s\n\n\xe2\x80\x94 log.example AAAA\n" % (size, root)
    for name in ("checkpoint", f"checkpoints/{size}"):
        put(files / name, checkpoint)
    put(files / "vkey", b"log.example+00000000+AAAA\n")
    put(files / f"data/{AGREEMENT}", b"{}")


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    grow(tmp_path / "served", 300)
    with served(tmp_path / "served", KEY) as service:
        yield service


KEY = SigningKey.generate()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "copy")


def bring(service: Service, folder: Folder, *, client: bool = True) -> Fetched:
    remote = shelves.remote(service.issuer, credentials_for(service, KEY) if client else None)
    try:
        return fetch(remote.read, folder, lambda done, of: None)
    finally:
        remote.close()


def content(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_a_copy_holds_exactly_what_is_published(service: Service, folder: Folder) -> None:
    fetched = bring(service, folder)
    assert fetched.size == 300
    assert content(folder.path) == content(service.files)


def test_a_second_fetch_brings_no_tile_again(service: Service, folder: Folder) -> None:
    bring(service, folder)
    service.asked.clear()
    assert bring(service, folder).before == 300
    assert not [asked for asked in service.asked if "/tile/" in asked]


def test_a_grown_log_brings_only_what_is_new(service: Service, folder: Folder) -> None:
    bring(service, folder)
    grow(service.files, 700)
    service.asked.clear()
    fetched = bring(service, folder)
    assert (fetched.before, fetched.size, fetched.checkpoints) == (300, 700, 2)
    tiles = sorted(asked.removeprefix("GET /ledger/tile/") for asked in service.asked if "/tile/" in asked)
    again = ["entries/002.p/188"]  # asked for twice: the first answer gave the nonce
    assert sorted({*tiles} - {*again}) == ["0/001", "0/002.p/188", "1/000.p/2", "entries/001"]


def test_an_interrupted_fetch_is_taken_up_and_until_then_the_copy_claims_nothing(
    service: Service, folder: Folder
) -> None:
    service.failing.add("/ledger/tile/1/000.p/1")
    with pytest.raises(Stopped, match="503"):
        bring(service, folder)
    assert not folder.has("checkpoint")
    service.failing.clear()
    service.asked.clear()
    bring(service, folder)
    assert content(folder.path) == content(service.files)
    assert "GET /ledger/tile/0/000" not in service.asked


def test_half_a_bundle_is_not_written(service: Service, folder: Folder) -> None:
    bundle = service.files / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes()[:-1])
    with pytest.raises(Stopped, match="ends within"):
        bring(service, folder)
    assert not folder.has("tile/entries/000")
    assert not folder.has("checkpoint")


def test_without_a_client_the_entries_stay_closed_and_the_reason_is_said(service: Service, folder: Folder) -> None:
    with pytest.raises(Stopped, match="--as"):
        bring(service, folder, client=False)
    assert not folder.has("checkpoint")


def test_another_tree_of_the_same_size_is_kept_beside_the_first(service: Service, folder: Folder) -> None:
    bring(service, folder)
    before = content(folder.path)
    other = before["checkpoint"].replace(b64encode(bytes([44]) * 32), b64encode(bytes(32)))
    put(service.files / "checkpoint", other)
    with pytest.raises(Stopped, match="another tree") as stopped:
        bring(service, folder)
    assert stopped.value.code == FOUND
    after = content(folder.path)
    assert [value for name, value in after.items() if name not in before] == [other]
    assert {name: after[name] for name in before} == before


def test_a_log_that_shrank_changes_nothing_here(service: Service, folder: Folder) -> None:
    bring(service, folder)
    before = content(folder.path)
    grow(service.files, 200)
    with pytest.raises(Stopped, match="already holds 300"):
        bring(service, folder)
    assert content(folder.path) == before


def test_a_clients_token_is_not_sent_to_another_service(service: Service) -> None:
    with pytest.raises(Stopped, match="not sent to"):
        shelves.remote("http://localhost:1", credentials_for(service, KEY))
    assert service.asked == []


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Stopped, match="cannot be written"):
        Folder(tmp_path / "file").write("tile/0/000", b"")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("made", ["pipe", "device", "folder"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, made: str) -> None:
    """A folder may come from a stranger: a pipe into which nobody writes, or a device that never ends."""
    place = tmp_path / "checkpoint"
    match made:
        case "pipe":
            os.mkfifo(place)
        case "device":
            place.symlink_to("/dev/zero")
        case _:
            place.mkdir()
    with pytest.raises(Stopped, match=r"is no regular file|Is a directory"):
        Folder(tmp_path).read("checkpoint")


def cosigned(files: Path, size: int, count: int, *names: str) -> None:
    """So many signatures below a checkpoint; nobody made them, and nothing here looks."""
    lines = "".join(f"— w{number} AAAA\n" for number in range(count)).encode()
    for name in names or (f"checkpoints/{size}",):
        note = (files / name).read_bytes().split("\n— w0".encode())[0].rstrip(b"\n") + b"\n"
        put(files / name, note + lines)


def test_signatures_that_witnesses_gave_later_are_brought_and_none_is_lost(
    service: Service, folder: Folder, tmp_path: Path
) -> None:
    files = tmp_path / "served"
    bring(service, folder)
    cosigned(files, 300, 3, "checkpoint", "checkpoints/300")
    bring(service, folder)  # the same size
    assert [(folder.read(name) or b"").count(b" w") for name in ("checkpoint", "checkpoints/300")] == [3, 3]
    cosigned(files, 300, 1, "checkpoint", "checkpoints/300")
    bring(service, folder)
    assert (folder.read("checkpoints/300") or b"").count(b" w") == 3
    grow(files, 301)
    bring(service, folder)
    grow(files, 302)  # the one before has been cosigned since, and the newest has not yet
    cosigned(files, 301, 2)
    bring(service, folder)
    assert (folder.read("checkpoints/301") or b"").count(b" w") == 2


def test_another_tree_under_an_old_size_is_kept_beside_what_was_brought(
    service: Service, folder: Folder, tmp_path: Path
) -> None:
    files = tmp_path / "served"
    bring(service, folder)
    before = folder.read("checkpoints/300")
    grow(files, 301)
    cosigned(files, 301, 1, "checkpoint", "checkpoints/301")
    forged = (before or b"").replace(b64encode(bytes([300 % 256]) * 32), b64encode(bytes(32)))
    put(files / "checkpoints/300", forged)
    with pytest.raises(Stopped) as stopped:
        bring(service, folder)
    assert stopped.value.code == FOUND
    assert folder.read("checkpoints/300") == before
    assert [folder.read(f"contradictions/{name}") for name in folder.names("contradictions")] == [forged]
