"""Signed notes, checkpoints and proofs as text."""

import base64

import pytest
from nacl.signing import SigningKey

from ledger import checkpoints, notes, proofs, trees
from ledger.checkpoints import Checkpoint
from ledger.notes import Unreadable, VerifierKey
from ledger.proofs import Proof

KEY = SigningKey(b"k" * 32)
OTHER = SigningKey(b"o" * 32)
NAME = "log.example/1"
KNOWN = notes.key_of(NAME, KEY)
TEXT = f"{NAME}\n3\n{base64.b64encode(bytes(32)).decode()}\n"
NOTE = notes.sign(TEXT, NAME, KEY)

# Source: the example of C2SP tlog-checkpoint and of Go's golang.org/x/mod/sumdb/note documentation.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_of_gos_own_opens_here() -> None:
    key = notes.read_key(GO_VKEY)
    assert key.spell() == GO_VKEY
    note = notes.verify(GO_NOTE.encode(), [key])
    assert note.text.startswith("If you think")
    with pytest.raises(Unreadable, match="does not verify"):
        notes.verify(GO_NOTE.replace("problem is", "solution is").encode(), [key])


def test_a_note_opens_with_the_key_that_signed_it() -> None:
    assert notes.verify(NOTE.encode(), [KNOWN]).text == TEXT
    assert notes.read_key(KNOWN.spell()) == KNOWN


def test_signatures_of_unknown_keys_are_ignored_even_if_name_or_id_is_shared() -> None:
    same_name = notes.Signature(name=NAME, key_id=b"\0\0\0\1", signature=bytes(64)).line()
    same_id = notes.Signature(name="other.example", key_id=KNOWN.id, signature=bytes(64)).line()
    tiny = notes.Signature(name="other.example", key_id=b"abcd", signature=b"x").line()
    assert notes.verify((NOTE + same_name + same_id + tiny).encode(), [KNOWN]).text == TEXT


def test_a_known_keys_bad_signature_refuses_the_note_whatever_else_is_there() -> None:
    bad = notes.Signature(name=NAME, key_id=KNOWN.id, signature=bytes(64)).line()
    for note in (NOTE + bad, TEXT + "\n" + bad + NOTE.removeprefix(TEXT + "\n")):
        with pytest.raises(Unreadable, match="does not verify"):
            notes.verify(note.encode(), [KNOWN])


def test_without_a_known_signature_there_is_no_note() -> None:
    for known in ([], [notes.key_of(NAME, OTHER)], [notes.key_of("other.example", KEY)]):
        with pytest.raises(Unreadable, match="none of the keys"):
            notes.verify(NOTE.encode(), known)


def test_a_cosignature_is_no_signature_of_the_text() -> None:
    witness = VerifierKey(name=NAME, type=notes.COSIGNATURE, public=bytes(KEY.verify_key))
    line = notes.Signature(name=NAME, key_id=witness.id, signature=KEY.sign(TEXT.encode()).signature).line()
    with pytest.raises(Unreadable, match="type"):
        notes.verify(f"{TEXT}\n{line}".encode(), [witness])


SIGNATURE = NOTE.removeprefix(TEXT + "\n")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        TEXT.encode(),
        (TEXT + "\n").encode(),
        NOTE.removesuffix("\n").encode(),
        ("\n\n" + SIGNATURE).encode(),
        NOTE.replace("\n3\n", "\n3\t\n").encode(),
        NOTE.replace("\n3\n", "\r\n3\n").encode(),
        NOTE.encode().replace(b"\xe2\x80\x94", b"\xe2\x80"),
        NOTE.replace("— ", "- ").encode(),
        NOTE.replace("— ", "—  ").encode(),
        (TEXT + "\n" + SIGNATURE * 101).encode(),
        (TEXT + f"\n— {NAME} AAAA\n").encode(),
        (TEXT + f"\n— {NAME} AAAAAA\n").encode(),
        (TEXT + "\n— a+b AAAAAAAA\n").encode(),
        (TEXT + "\n— a\u00a0b AAAAAAAA\n").encode(),
        (TEXT + "\n— \n").encode(),
        NOTE.encode() + b"junk\n",
    ],
)
def test_what_is_no_note_is_not_read(data: bytes) -> None:
    with pytest.raises(Unreadable):
        notes.parse(data)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "x",
        KNOWN.spell() + "\n",
        KNOWN.spell().replace("+", " ", 1),
        f"+{KNOWN.id.hex()}+{base64.b64encode(bytes([1]) + KNOWN.public).decode()}",
        f"{NAME}+00000000+{base64.b64encode(bytes([1]) + KNOWN.public).decode()}",
        f"{NAME}+{KNOWN.id.hex()}+{base64.b64encode(bytes([2]) + KNOWN.public).decode()}",
        f"{NAME}+{KNOWN.id.hex()}+AAAA",
        f"{NAME}+{KNOWN.id.hex()}+!",
        f"{NAME}+{KNOWN.id.hex().upper()}+{base64.b64encode(bytes([1]) + KNOWN.public).decode()}",
        VerifierKey(name=NAME, type=1, public=bytes(32)).spell(),
    ],
)
def test_what_is_no_safe_key_is_not_read(vkey: str) -> None:
    if vkey == KNOWN.spell():
        pytest.fail("the key itself")
    with pytest.raises(Unreadable):
        notes.read_key(vkey)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b"])
def test_a_name_that_could_not_be_read_back_signs_nothing(name: str) -> None:
    with pytest.raises(Unreadable):
        notes.sign(TEXT, name, KEY)


@pytest.mark.parametrize("text", ["no newline", "tab\t\n"])
def test_a_text_that_could_not_be_read_back_is_not_signed(text: str) -> None:
    with pytest.raises(Unreadable):
        notes.sign(text, NAME, KEY)


def test_a_checkpoint_is_three_lines() -> None:
    checkpoint = Checkpoint(origin=NAME, size=3, root=bytes(32))
    assert checkpoint.text() == TEXT
    assert checkpoints.parse(TEXT) == checkpoint
    assert checkpoints.verify(checkpoints.sign(checkpoint, KEY).encode(), KNOWN) == checkpoint


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"\n3\n{ROOT}\n",
        f"{NAME}\n03\n{ROOT}\n",
        f"{NAME}\n+3\n{ROOT}\n",
        f"{NAME}\n٣\n{ROOT}\n",
        f"{NAME}\n-1\n{ROOT}\n",
        f"{NAME}\n3\n{ROOT}\nextension\n",
        f"{NAME}\n3\n{ROOT}",
        f"{NAME}\n3\nAAAA\n",
        f"{NAME}\n3\n{ROOT[:-1]}\n",
        f"{NAME}\n3\n!\n",
    ],
)
def test_anything_else_is_no_checkpoint(text: str) -> None:
    with pytest.raises(Unreadable):
        checkpoints.parse(text)


def test_a_log_vouches_for_no_other_origin() -> None:
    foreign = notes.sign(TEXT.replace(NAME, "other.example"), NAME, KEY)
    with pytest.raises(Unreadable, match=r"of other\.example"):
        checkpoints.verify(foreign.encode(), KNOWN)


def test_a_proof_reads_back() -> None:
    short, long = (Proof(index=0, hashes=hashes, checkpoint=NOTE) for hashes in ((), (bytes(32), b"x" * 32)))
    assert (proofs.parse(short.spell()), proofs.parse(long.spell())) == (short, long)
    assert long.spell().startswith("c2sp.org/tlog-proof@v1\nindex 0\nAAAA")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 00\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex x\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex ٣\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex " + "9" * 5000 + "\n\n" + NOTE,  # more digits than Python reads
        "c2sp.org/tlog-proof@v1\nindex 10000000000000000\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex -1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\n!\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0",
    ],
)
def test_anything_else_is_no_proof(text: str) -> None:
    with pytest.raises(Unreadable):
        proofs.parse(text)


def test_an_empty_tree_has_the_empty_root() -> None:
    assert proofs.Hashes(0, lambda path: b"").root() == trees.EMPTY


def test_a_key_under_a_name_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(notes.Unreadable):
        notes.read_key("\udcff+00000000+AQ" + "A" * 42)
