"""The shelf on an object store: what moto's server does over HTTP is what the promises are held against.

moto 5 keeps If-None-Match: * and If-Match of a PUT (412, and 404 for If-Match on nothing), and shows nothing to
strangers. What it is not asked to tell: whether a store that does otherwise is noticed, which the lossy ones below are.
"""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from database import buckets, places
from database.buckets import Bucket, Place
from database.safety import Unsafe
from database.shelves import Occupied, Overtaken, Unreachable
from tests.database import stores
from tests.database.stores import Way

PUBLIC, PRIVATE = Place(bucket="kept", prefix="log/public"), Place(bucket="kept", prefix="log/private")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with stores.serving() as address, stores.credentials():
        yield address


@pytest.fixture
def way(server: str) -> Iterator[Way]:
    owner = stores.administrator(server)
    stores.make(server, "kept")
    with Way(int(server.rpartition(":")[2])).laid() as way:
        yield way
    for each in owner.list_objects_v2(Bucket="kept").get("Contents", []):
        owner.delete_object(Bucket="kept", Key=each["Key"])
    owner.delete_bucket(Bucket="kept")


@pytest.fixture
def shelf(way: Way) -> Bucket:
    return opened(way)


def opened(way: Way) -> Bucket:
    return buckets.opened(PUBLIC, PRIVATE, endpoint=way.address, patience=stores.AT_ONCE)


def policy() -> str:
    """The policy in docs/operations.md, with the bucket of these tests."""
    document = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    (printed,) = re.findall(r"```json\n(.*?)```", document, re.DOTALL)
    return str(printed).replace("BUCKET/PREFIX", "kept/log")


def keys(server: str) -> set[str]:
    return {each["Key"] for each in stores.administrator(server).list_objects_v2(Bucket="kept").get("Contents", [])}


def test_what_is_public_and_what_is_not_lie_apart_and_tell_how_they_are_handed_out(server: str, shelf: Bucket) -> None:
    shelf.write("tile/0/000.p/3", b"hashes")
    shelf.write("tile/entries/000.p/3", b"entries")
    shelf.write("data/" + "ab" * 32, b"{}")
    shelf.write("checkpoints/3", b"note")
    shelf.write("vkey", b"key")
    shelf.write("something/else", b"unknown")
    shelf.replace_signed(None, b"note")
    assert keys(server) == {
        *("log/public/tile/0/000.p/3", "log/public/data/" + "ab" * 32, "log/public/checkpoints/3", "log/public/vkey"),
        *("log/private/tile/entries/000.p/3", "log/private/something/else", "log/private/signed"),
    }, "what nobody has said to be public is not"
    owner = stores.administrator(server)
    told = {
        path: (found["ContentType"], found["CacheControl"])
        for path in keys(server)
        for found in [owner.head_object(Bucket="kept", Key=path)]
    }
    text, octets = "text/plain; charset=utf-8", "application/octet-stream"
    assert told["log/public/tile/0/000.p/3"] == (octets, "public, max-age=31536000, immutable")
    assert told["log/private/tile/entries/000.p/3"] == (octets, "private, max-age=31536000, immutable")
    assert told["log/public/data/" + "ab" * 32] == ("application/json", "public, max-age=31536000, immutable")
    assert told["log/public/checkpoints/3"] == told["log/public/vkey"] == (text, "no-cache")
    assert told["log/private/signed"] == (text, "private, no-store")


def test_a_public_policy_lets_strangers_read_hashes_and_no_entry(server: str, shelf: Bucket) -> None:
    """The policy that docs/operations.md prints, given to a store that keeps it."""
    shelf.write("tile/0/000.p/3", b"hashes")
    shelf.write("tile/entries/000.p/3", b"entries")
    shelf.replace_signed(None, b"note")
    assert httpx.get(f"{server}/kept/log/public/tile/0/000.p/3").status_code == 403
    stores.administrator(server).put_bucket_policy(Bucket="kept", Policy=policy())
    answer = httpx.get(f"{server}/kept/log/public/tile/0/000.p/3")
    assert (answer.status_code, answer.content) == (200, b"hashes")
    for path in ("private/tile/entries/000.p/3", "private/signed", "public/tile/entries/000.p/3"):
        assert httpx.get(f"{server}/kept/log/{path}").status_code in (403, 404), path
    assert shelf.faults() == []


def test_a_store_that_shows_its_private_place_to_strangers_is_not_used(server: str, shelf: Bucket) -> None:
    assert shelf.faults() == []
    owner = stores.administrator(server)
    owner.put_object_acl(Bucket="kept", Key="log/private/probe", ACL="public-read")
    assert shelf.faults() == ["the store shows its private place to strangers: every entry of the log would be public"]


def test_a_store_that_ignores_conditions_is_not_used(server: str, way: Way) -> None:
    """One that takes any write: played by a way that leaves the conditions out."""

    class Careless(Way):
        def _ask(self, request: bytes) -> bytes:
            head, _, body = request.partition(b"\r\n\r\n")
            kept = [
                line for line in head.split(b"\r\n") if not line.lower().startswith((b"if-match", b"if-none-match"))
            ]
            return Way._ask(self, b"\r\n".join(kept) + b"\r\n\r\n" + body)

    with Careless(way.port).laid() as careless:
        found = opened(careless).faults()
    assert [each.partition(" ignores ")[2].partition(":")[0] for each in found] == ["If-None-Match", "If-Match"]


@pytest.mark.parametrize(
    ("public", "private"),
    [
        (Place(bucket="a", prefix=""), Place(bucket="a", prefix="private")),
        (Place(bucket="a", prefix="log"), Place(bucket="a", prefix="log/private")),
        (Place(bucket="a", prefix="log/public"), Place(bucket="a", prefix="log")),
        (Place(bucket="a", prefix="log"), Place(bucket="a", prefix="log")),
    ],
)
def test_places_within_one_another_are_refused(public: Place, private: Place) -> None:
    with pytest.raises(Unsafe, match="in common"):
        buckets.opened(public, private, endpoint=None)


def test_places_beside_one_another_are_not() -> None:
    buckets.opened(Place(bucket="a", prefix="log"), Place(bucket="a", prefix="log2"), endpoint="https://localhost:1")
    assert places.place("s3://a/b/c/") == Place(bucket="a", prefix="b/c")
    assert places.beneath(places.place("s3://a"), "public") == Place(bucket="a", prefix="public")


def test_compare_and_set_changes_nothing_unless_it_compares(shelf: Bucket) -> None:
    shelf.replace_signed(None, b"one")
    for wrong in (None, b"two", b""):
        with pytest.raises(Overtaken):
            shelf.replace_signed(wrong, b"three")
    assert shelf.signed() == b"one"
    shelf.replace_signed(b"one", b"two")
    assert shelf.signed() == b"two"


@pytest.mark.parametrize("before", [None, b"before"])
def test_of_publishers_at_once_one_wins_and_the_others_are_told(way: Way, before: bytes | None) -> None:
    """They all have read the same note; the store decides between them, not our reading."""
    if before is not None:
        opened(way).replace_signed(None, before)
    won, lost, start = [], [], threading.Barrier(6)

    def run(number: int) -> None:
        shelf = opened(way)
        start.wait()
        try:
            shelf.replace_signed(before, b"%d" % number)
            won.append(b"%d" % number)
        except Overtaken:
            lost.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(won) == 1
    assert len(lost) == 5
    assert opened(way).signed() == won[0]


def test_a_tile_is_never_replaced_and_written_again_it_is_the_same(shelf: Bucket) -> None:
    shelf.write("tile/0/000.p/3", b"hashes")
    shelf.write("tile/0/000.p/3", b"hashes")
    with pytest.raises(Occupied):
        shelf.write("tile/0/000.p/3", b"others")
    assert shelf.read("tile/0/000.p/3") == b"hashes"
    shelf.write("checkpoints/3", b"note")
    shelf.write("checkpoints/3", b"note with a witness")
    assert shelf.read("checkpoints/3") == b"note with a witness"


def test_sizes_are_listed_as_numbers(shelf: Bucket) -> None:
    assert shelf.numbers("checkpoints") == []
    for size in (9, 10, 100, 11):
        shelf.write(f"checkpoints/{size}", b"note")
    assert shelf.numbers("checkpoints") == [9, 10, 11, 100]


def test_a_publisher_that_slept_shows_no_old_note_over_a_newer(way: Way) -> None:
    """Both have read what is shown; the slow one has read an older signed note."""
    slow, quick = opened(way), opened(way)
    slow.replace_signed(None, b"old")
    slow.show()
    slow.replace_signed(b"old", b"older of two")
    read, came = way._ask, threading.Event()

    def asked(request: bytes) -> bytes:
        answer = read(request)
        if b"private/signed" in request.split(b"\r\n", 1)[0] and not came.is_set():
            came.set()  # the slow one has its note in hand; meanwhile:
            quick.replace_signed(b"older of two", b"newest")
            quick.show()
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Way, "_ask", lambda self, request: asked(request))
        slow.show()
    assert came.is_set()
    assert slow.read("checkpoint") == b"newest" == slow.signed()


@pytest.mark.parametrize("mood", ["gone", "silent", "failing", "deaf", "halving"])
def test_a_store_that_does_not_answer_is_told_without_its_words(
    server: str, way: Way, shelf: Bucket, mood: stores.Mood
) -> None:
    shelf.write("vkey", b"key")
    way.mood = mood
    each = (
        lambda: shelf.write("tile/0/000.p/1", b"hashes"),
        lambda: shelf.read("vkey"),
        lambda: shelf.replace_signed(None, b"note"),
        shelf.show,
        lambda: shelf.numbers("checkpoints"),
        shelf.faults,
    )
    for doing in each[:2] if mood == "silent" else each:
        with pytest.raises(Unreachable) as fault:
            doing()
        assert fault.value.__cause__ is None
        assert fault.value.__suppress_context__
        assert stores.SECRET not in str(fault.value)
        assert "127.0.0.1" not in str(fault.value)
    way.mood = "open"
    assert keys(server) - {"log/private/probe"} in (
        [{"log/public/vkey", "log/public/tile/0/000.p/1"}] if mood == "deaf" else [{"log/public/vkey"}]
    ), "what was delivered may stand; half of it never does"
    shelf.write("tile/0/000.p/1", b"hashes")
    assert shelf.read("tile/0/000.p/1") == b"hashes"


def test_an_answer_that_was_lost_is_found_out_by_looking(way: Way, server: str) -> None:
    """The note stands, the answer to writing it never came: the next round reads it and goes on from there."""
    patient = opened(way)
    way.mood, way.path, way.method = "deaf", b"private/signed", b"PUT"
    with pytest.raises(Unreachable):
        patient.replace_signed(None, b"note")
    way.mood = "open"
    assert patient.signed() == b"note"
    with pytest.raises(Overtaken):
        patient.replace_signed(None, b"note")
    patient.replace_signed(b"note", b"next")


def test_nothing_that_is_printed_of_a_shelf_names_a_secret(shelf: Bucket) -> None:
    assert stores.SECRET not in f"{shelf!r} {shelf.public!r} {shelf.private!r} {shelf.stranger!r}"
