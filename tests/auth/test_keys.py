"""Stories of the server's own key file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import auth.algorithms
import auth.keys
from auth.keys import KeysUnusable, SigningKeys

Step = Callable[[Path], SigningKeys]


def test_a_first_key_file_is_readable_by_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "oauth.json"
    first, again = auth.keys.create(path), auth.keys.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert first.public == again.public or first.published() == again.published()
    assert len(first.public) == 1


def test_what_is_published_holds_no_private_member(tmp_path: Path) -> None:
    published = auth.keys.create(tmp_path / "oauth.json").published()
    assert [set(key) for key in published["keys"]] == [{"kty", "crv", "x", "kid", "alg", "use"}]


def test_a_key_verifies_before_it_signs_and_the_one_before_it_verifies_until_it_is_retired(tmp_path: Path) -> None:
    path = tmp_path / "oauth.json"
    first = auth.keys.create(path).public[0].kid
    announced = auth.keys.announce(path)
    signs, second = (key.kid for key in announced.public)
    assert (signs, announced.signing.kid) == (first, first)
    activated = auth.keys.activate(path)
    assert [key.kid for key in activated.public] == [second, first]
    assert activated.signing.kid == second
    assert [key.kid for key in auth.keys.retire(path).public] == [second]
    assert auth.keys.announce(path).public[0].kid == second, "and so on"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["oauth.json"]


@pytest.mark.parametrize(
    ("done", "refused"),
    [
        ([], auth.keys.activate),
        ([], auth.keys.retire),
        ([auth.keys.announce], auth.keys.announce),
        ([auth.keys.announce], auth.keys.retire),
        ([auth.keys.announce, auth.keys.activate], auth.keys.announce),
        ([auth.keys.announce, auth.keys.activate], auth.keys.activate),
    ],
)
def test_a_step_out_of_turn_changes_nothing(tmp_path: Path, done: list[Step], refused: Step) -> None:
    path = tmp_path / "oauth.json"
    auth.keys.create(path)
    for step in done:
        step(path)
    before = path.read_bytes()
    with pytest.raises(KeysUnusable):
        refused(path)
    assert path.read_bytes() == before


def bad_files() -> dict[str, object]:
    good = auth.keys.generate()
    return {
        "no set": [],
        "no member": {},
        "no key": {"keys": []},
        "a number": {"keys": [1]},
        "an empty key": {"keys": [{"kty": "OKP"}]},
        "a public key": {"keys": [auth.keys.public(good)]},
        "a public key beside a private one": {"keys": [good, auth.keys.public(auth.keys.generate())]},
        "a key of another kind": {"keys": [auth.keys.generate("ES256")]},
        "a secret": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
        "the same key twice": {"keys": [good, good]},
        "half a private half": {"keys": [{**good, "d": "AAAA"}]},
        "the private half of another": {"keys": [{**good, "d": auth.keys.generate()["d"]}]},
    }


def test_a_file_that_cannot_be_used_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "oauth.json"
    for story, content in {**bad_files(), "no JSON": None}.items():
        written = "" if content is None else json.dumps(content)
        path.write_text(written)
        with pytest.raises(KeysUnusable) as refused:
            auth.keys.load(path)
        assert str(refused.value).startswith("oauth.json: "), story
        assert path.read_text() == written, story


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable):
        auth.keys.load(tmp_path / "oauth.json")


@pytest.mark.parametrize("alg", auth.algorithms.ALGORITHMS)
def test_a_key_made_here_is_admitted_and_keeps_its_name(alg: str) -> None:
    private = auth.keys.generate(alg)
    admitted = auth.algorithms.admit(auth.keys.public(private))
    assert (admitted.alg, admitted.kid, admitted.thumbprint) == (alg, private["kid"], private["kid"])
