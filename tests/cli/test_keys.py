"""Keys on the command line: sealed files, drafts that go from machine to machine, and what is refused on the way."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from nacl.pwhash import argon2id

import auth.keys
from cli import drafts, key_files, passphrases
from cli.audit.endings import Stopped
from ledger.statements import KeyAdded
from tests.cli.starts import Done, estafet

GROUND = ("--log", "log.example.go.id/estafet", "--agreement", "ab" * 32)
WORDS = "kuda lumping makan beling"


@pytest.fixture
def words(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.write_text(WORDS + "\n")
    file.chmod(0o600)
    return file


def made(path: Path, *more: str, party: str = "ID-JK") -> key_files.PublicHalf:
    done = estafet("keys", "new", str(path), "--party", party, *more)
    assert done.returncode == 0, done.stderr
    return key_files.public_half(path)


def refused(*words: str, because: str, code: int = 1) -> None:
    done = estafet(*words)
    assert (done.returncode, because in done.stderr) == (code, True), done.stderr


def ran(*words: str) -> Done:
    done = estafet(*words)
    assert done.returncode == 0, done.stderr
    return done


def half_signed(tmp_path: Path, *more: str) -> tuple[Path, Path, key_files.PublicHalf]:
    """A delegation signed by the root where the root is; the key's own file lies elsewhere."""
    root, key, draft = tmp_path / "root.json", tmp_path / "away" / "key.json", tmp_path / "draft.json"
    made(root, "--root")
    half = made(key)
    public = tmp_path / "public.json"
    public.write_text(ran("keys", "show", str(key), "--json").stdout)
    assert "d" not in json.loads(public.read_text())
    ran("keys", "delegate", "--root", str(root), "--public", str(public), "--out", str(draft), *GROUND, *more)
    return draft, key, half


def test_a_desk_key_is_sealed_and_opens_with_its_passphrase_alone(tmp_path: Path, words: Path) -> None:
    file, other = tmp_path / "key.json", tmp_path / "other"
    half = made(file, "--seal", "--passphrase-file", str(words))
    document = json.loads(file.read_text())
    assert set(document) == {"kty", "crv", "x", "name", "sealed"}
    assert document["sealed"]["memlimit"] == 256 * 2**20
    assert file.stat().st_mode & 0o777 == 0o600
    key = key_files.read(file, words)
    assert (key.name, key.public) == (half.name, half.public)
    assert bytes(key.signing).hex() not in file.read_text()
    assert json.loads(ran("keys", "show", str(file), "--json").stdout)["public"] == half.public, "without a passphrase"
    other.write_text("kuda lumping makan belinG")
    other.chmod(0o600)
    with pytest.raises(Stopped, match="not with this passphrase"):
        key_files.read(file, other)
    with pytest.raises(Stopped, match="nobody is there"):
        key_files.read(file)
    other.chmod(0o644)
    with pytest.raises(Stopped, match="others can read it"):
        key_files.read(file, other)


def test_a_sealed_file_that_was_changed_does_not_open(
    tmp_path: Path, words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passphrases, "OPSLIMIT", 2)  # ten guesses at full strength would take as many seconds
    monkeypatch.setattr(passphrases, "MEMLIMIT", argon2id.MEMLIMIT_MIN)
    file = tmp_path / "key.json"
    made(file, "--passphrase-file", str(words))
    made(tmp_path / "other.json")
    whole, another = (json.loads(each.read_text()) for each in (file, tmp_path / "other.json"))

    def spoiled(**changes: Any) -> Path:
        spoilt = tmp_path / "spoilt.json"
        spoilt.write_text(json.dumps({**whole, **changes}))
        return spoilt

    sealed = whole["sealed"]
    several: list[dict[str, Any]] = [
        {"name": "ID-JI/k" + "0" * 32},
        {"sealed": {**sealed, "box": sealed["box"][:-4] + "AAAA"}},
        {"sealed": {**sealed, "salt": "A" * 22}},
        {"sealed": {**sealed, "opslimit": 1}},
        {"sealed": {**sealed, "memlimit": 2**40}},
        {"sealed": {**sealed, "opslimit": "3"}},
        {"sealed": {**sealed, "kdf": "md5"}},
        {"sealed": {}},
        {"x": another["x"]},
    ]
    for changes in several:
        with pytest.raises(Stopped):
            key_files.read(spoiled(**changes), words)


def test_a_short_passphrase_makes_no_key(tmp_path: Path, words: Path) -> None:
    words.write_text("short")
    file = tmp_path / "key.json"
    refused(
        *("keys", "new", str(file), "--party", "ID-JK", "--passphrase-file", str(words)), because="at least 12", code=2
    )
    assert not file.exists()


def test_a_delegation_is_signed_on_two_machines_root_first(tmp_path: Path) -> None:
    draft, key, half = half_signed(tmp_path)
    assert drafts.read(draft).missing() == [half.name]
    refused("keys", "enter", str(draft), because=f"not signed yet by {half.name}")
    before = draft.read_bytes()
    done = estafet("keys", "sign", str(draft), "--key", str(key))
    assert done.returncode != 0, "nobody said yes"
    assert draft.read_bytes() == before
    done = ran("keys", "sign", str(draft), "--key", str(key), "--yes")
    assert "delegates to the key" in done.stderr, "what is signed is shown"
    envelope = drafts.envelope(drafts.read(draft))
    assert len(envelope.signatures) == 2
    assert bytes(key_files.read(key).signing).hex() not in draft.read_text()


def test_only_who_must_sign_a_draft_can(tmp_path: Path) -> None:
    draft, key, half = half_signed(tmp_path)
    before, stranger = draft.read_bytes(), tmp_path / "stranger.json"
    made(stranger)
    refused("keys", "sign", str(draft), "--key", str(stranger), "--yes", because="does not sign this")
    named = json.loads(stranger.read_text()) | {"name": half.name}
    stranger.write_text(json.dumps(named))
    refused("keys", "sign", str(draft), "--key", str(stranger), "--yes", because="another one than the statement names")
    assert draft.read_bytes() == before
    document = json.loads(before)
    document["signatures"][0]["sig"] = "A" * 86 + "=="
    draft.write_text(json.dumps(document))
    refused("keys", "sign", str(draft), "--key", str(key), "--yes", because="SIGNATURE_INVALID", code=2)


def test_signatures_given_side_by_side_are_joined_and_those_of_another_statement_are_not(tmp_path: Path) -> None:
    draft, key, _ = half_signed(tmp_path)
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    ran("keys", "sign", str(draft), "--key", str(key), "--yes", "--out", str(one))
    assert drafts.read(draft).missing(), "the draft itself was left alone"
    ran("keys", "join", str(draft), str(one), "--out", str(two))
    assert not drafts.read(two).missing()
    (tmp_path / "more").mkdir()
    other, _, _ = half_signed(tmp_path / "more")
    refused("keys", "join", str(two), str(other), "--out", str(tmp_path / "x.json"), because="different statements")
    assert not (tmp_path / "x.json").exists()


def test_only_a_root_delegates_and_for_its_own_party_alone(tmp_path: Path) -> None:
    key, other, out = tmp_path / "key.json", tmp_path / "other.json", tmp_path / "out.json"
    made(key)
    made(other, "--root", party="ID-JI")
    line = ("keys", "delegate", "--key", str(key), "--out", str(out), *GROUND)
    refused(*line, "--root", str(key), because="is not a root key", code=2)
    refused(*line, "--root", str(other), because="ID-JI's")
    refused("keys", "revoke", "ID-JK/k" + "0" * 32, "--root", str(other), "--out", str(out), *GROUND, because="ID-JI's")
    assert not out.exists()


def test_a_key_of_low_order_is_not_delegated_to(tmp_path: Path) -> None:
    root, public, out = tmp_path / "root.json", tmp_path / "public.json", tmp_path / "out.json"
    made(root, "--root")
    public.write_text(json.dumps({"name": "ID-JK/k" + "1" * 32, "public": "00" * 32}))
    line = ("keys", "delegate", "--root", str(root), "--public", str(public), "--out", str(out), *GROUND)
    refused(*line, because="KEY_UNSAFE", code=2)
    assert not out.exists()


def test_an_officers_key_is_short_and_its_holder_is_a_commitment(tmp_path: Path) -> None:
    opening = tmp_path / "opening.json"
    officer = ("--officer", "Ibu Rukmini, petugas dinas", "--opening", str(opening))
    draft, _, _ = half_signed(tmp_path, *officer)
    statement = drafts.read(draft).statement
    assert isinstance(statement, KeyAdded)
    assert statement.use == "officer"
    assert statement.until is not None
    assert (statement.until - statement.from_).days == 90
    assert b"Rukmini" not in drafts.read(draft).body
    told = json.loads(opening.read_text())
    assert (told["name"], json.loads(told["value"])) == ("holder", "Ibu Rukmini, petugas dinas")
    assert opening.stat().st_mode & 0o777 == 0o600
    line = ("keys", "delegate", "--root", str(tmp_path / "root.json"), "--public", str(tmp_path / "public.json"))
    rest = ("--out", str(tmp_path / "x.json"), *GROUND)
    refused(*line, *rest, *officer, because="is not overwritten", code=2)
    refused(*line, *rest, "--officer", "x", because="needs --opening", code=2)
    refused(*line, *rest, "--officer", "x", "--opening", "o.json", "--days", "91", because="90 days at most", code=2)
    assert not (tmp_path / "x.json").exists()


def test_steps_of_a_rotation_of_the_token_key_are_taken_in_turn(tmp_path: Path) -> None:
    keys, data = tmp_path / "keys" / "oauth.json", ("--data", str(tmp_path))
    refused("keys", "rotate-tokens", "announce", *data, because="not readable")
    first = auth.keys.create(keys).public[0].kid
    refused("keys", "rotate-tokens", "activate", *data, because="no key was announced")
    assert f"signs: {first}" in ran("keys", "rotate-tokens", "announce", *data).stdout
    assert f"verifies: {first}" in ran("keys", "rotate-tokens", "activate", *data).stdout
    before = keys.read_bytes()
    refused("keys", "rotate-tokens", "retire", *data, because="may still be in use")
    assert keys.read_bytes() == before
    os.utime(keys, (keys.stat().st_mtime - 361, keys.stat().st_mtime - 361))
    assert first not in ran("keys", "rotate-tokens", "retire", *data).stdout
