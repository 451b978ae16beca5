"""The published files under another's eyes: Go's own golang.org/x/mod/sumdb opens, rebuilds and proves them.

`go/reading.go` uses `note` and `tlog` and nothing of ours. It needs Go and Debian's source of x/mod, and the network
for neither; where one of them is not installed, what was not read is said aloud.
"""

import base64
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from nacl.signing import SigningKey

import operations.publishing
from database import journal
from database.engines import Databases
from database.shelves import Folder
from database.transaction import transaction
from ledger import checkpoints, notes, proofs
from ledger.checkpoints import Checkpoint
from ledger.notes import VerifierKey
from tests.database import acts
from tests.ledger import golden

SOURCE = Path(__file__).parent / "go" / "reading.go"
DEBIAN = "/usr/share/gocode"  # where golang-golang-x-mod-dev lays its source
OTHER = SigningKey(b"o" * 32)


@dataclass(frozen=True, slots=True)
class Gopher:
    """The program of `go/reading.go`."""

    program: Path

    def reads(self, folder: Path) -> str:
        done = subprocess.run([self.program, folder], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def refuses(self, folder: Path) -> str:
        done = subprocess.run([self.program, folder], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr


@pytest.fixture(scope="module")
def gopher(tmp_path_factory: pytest.TempPathFactory) -> Gopher:
    go = shutil.which("go")
    paths = [path for path in [*os.environ.get("GOPATH", "").split(os.pathsep), DEBIAN] if path]
    source = next((path for path in paths if (Path(path) / "src/golang.org/x/mod/sumdb/tlog").is_dir()), None)
    if go is None or source is None:
        missing = "golang-go" if go is None else "golang-golang-x-mod-dev"
        pytest.skip(f"{missing} is not installed: Go's sumdb did NOT read the published files")
    program = tmp_path_factory.mktemp("go") / "reading"
    alone = {"GO111MODULE": "off", "GOPATH": source, "GOFLAGS": "", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    build = [go, "build", "-o", str(program), str(SOURCE)]
    built = subprocess.run(build, env=os.environ | alone, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return Gopher(program)


def add_proofs(folder: Path, key: VerifierKey, indexes: Iterable[int]) -> int:
    """Our proofs beside the log, for Go to check: entries as tlog-proof, and each earlier size; how many."""
    note = (folder / "checkpoint").read_bytes()
    size = checkpoints.verify(note, key).size
    hashes = proofs.Hashes(size, lambda path: (folder / path).read_bytes())
    for name in ("proofs", "consistency"):
        (folder / name).mkdir()
    for index in indexes:
        proof = proofs.Proof(index=index, hashes=hashes.inclusion(index), checkpoint=note.decode())
        (folder / "proofs" / str(index)).write_text(proof.spell())
    for earlier in (folder / "checkpoints").iterdir():
        steps = hashes.consistency(int(earlier.name))
        lines = [base64.b64encode(step).decode() for step in steps]
        (folder / "consistency" / earlier.name).write_text("\n".join(lines))
    return sum(len(list((folder / name).iterdir())) for name in ("proofs", "consistency"))


def hash_tiles(folder: Path) -> int:
    """How many tiles of hashes lie in the folder, of whatever size they were."""
    return sum(
        path.is_file() for level in (folder / "tile").iterdir() if level.name != "entries" for path in level.rglob("*")
    )


async def test_go_reads_what_the_publisher_published_and_not_one_tile_is_without_its_size(
    agreed: Databases, tmp_path: Path, gopher: Gopher
) -> None:
    log, shelf = golden.key("log"), Folder(root=tmp_path)
    operations.publishing.lay_out(shelf, log=log, origin=acts.ORIGIN, documents=())
    await acts.begin(agreed)
    for more in (0, 254, 1, 1, 300):
        async with transaction(agreed.app, acts.asker(acts.JK)) as tx:
            for _ in range(more):
                await journal.append(tx.connection, acts.entry(acts.JK, "key.added", acts.statement()))
        await operations.publishing.publish(agreed, shelf, log=log, origin=acts.ORIGIN)
    count = add_proofs(tmp_path, notes.key_of(acts.ORIGIN, log), [0, 255, 256, 511, 512, 556])
    assert gopher.reads(tmp_path) == (f"checkpoints 5, entries 557, tiles {hash_tiles(tmp_path)}, proofs {count}\n")


def test_go_reads_a_log_of_three_levels_whose_tiles_need_a_second_folder(tmp_path: Path, gopher: Gopher) -> None:
    log = golden.Log()
    for size in (65_536, 65_537, 256_300):
        log.leaves.extend(b"leaf %d" % number for number in range(len(log.leaves), size))
        log.publish()
    log.shelf.lay(tmp_path)
    assert (tmp_path / "tile/0/x001/000").is_file()
    assert (tmp_path / "tile/2/000.p/3").is_file()
    count = add_proofs(tmp_path, notes.key_of(golden.ORIGIN, golden.key("log")), [0, 65_535, 65_536, 256_299])
    assert gopher.reads(tmp_path) == f"checkpoints 3, entries 256300, tiles {hash_tiles(tmp_path)}, proofs {count}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A legal log with a proof of each kind."""
    golden.legal().shelf.lay(tmp_path)
    add_proofs(tmp_path, notes.key_of(golden.ORIGIN, golden.key("log")), [5])
    return tmp_path


def test_a_cosignature_beside_the_logs_signature_does_not_keep_go_from_opening_it(folder: Path, gopher: Gopher) -> None:
    before = gopher.reads(folder)
    witness = VerifierKey(name="w", type=notes.COSIGNATURE, public=bytes(OTHER.verify_key))
    line = notes.Signature(name="w", key_id=witness.id, signature=bytes(72)).line()
    (folder / "checkpoint").write_text((folder / "checkpoint").read_text() + line)
    assert gopher.reads(folder) == before


def changed(path: str, at: int) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        content = bytearray((folder / path).read_bytes())
        content[at] ^= 1
        (folder / path).write_bytes(content)

    return change


def relettered(path: str, at: int) -> Callable[[Path], object]:
    """Another letter of base64 in its place: what stands there can still be read."""

    def change(folder: Path) -> None:
        content = bytearray((folder / path).read_bytes())
        content[at] = ord("A") if content[at] != ord("A") else ord("B")
        (folder / path).write_bytes(content)

    return change


def signed(size: int, by: SigningKey, origin: str = golden.ORIGIN) -> Callable[[Path], object]:
    """The checkpoint, over a root that no entries have."""
    note = checkpoints.sign(Checkpoint(origin=origin, size=size, root=bytes(32)), by)
    return lambda folder: (folder / "checkpoint").write_text(note)


SIZE = len(golden.legal().leaves)
LAST = f"tile/0/000.p/{SIZE}"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (relettered("checkpoint", len(golden.ORIGIN) + 5), "invalid signature"),
        (relettered("checkpoint", -5), "invalid signature"),
        (relettered("checkpoints/11", -5), "checkpoints/11"),
        (changed("vkey", 0), "invalid verifier hash"),
        (signed(SIZE, OTHER), "no verifiable signatures"),
        (signed(SIZE, golden.key("log"), "other.example"), "no verifiable signatures"),
        (signed(SIZE, golden.key("log")), "inconsistent tile"),
        (changed(LAST, 0), "inconsistent tile"),
        (changed("tile/0/000.p/11", 100), "tile/0/000.p/11 is another tile"),
        (lambda folder: (folder / "tile/0/000.p/11").unlink(), "no such file"),
        (changed(f"tile/entries/000.p/{SIZE}", 40), "another root"),
        (changed(f"tile/entries/000.p/{SIZE}", 1), "short"),
        (changed("proofs/5", 40), "proofs/5"),
        (changed("consistency/11", 3), "consistency/11"),
    ],
)
def test_what_was_spoiled_go_does_not_read(
    folder: Path, gopher: Gopher, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(folder)
    assert said in gopher.refuses(folder)
