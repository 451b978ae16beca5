"""A shelf on an S3-compatible object store: the same promises as a folder's, by conditional writes.

Promise: an object is whole or absent (a put is atomic); the signed note is replaced only by who knew the one before
(If-None-Match, If-Match), so that a restored database can fork the log no more than over a folder. What the public may
read and what it may not lie under two places that have nothing in common.
Rules: a store that ignores those conditions would let two publishers sign two histories, and one that shows the private
place to strangers would publish every entry: both are asked of the store itself, by doing it, before it is used
(`faults`). After a condition that failed the object is read: where it is what was to be written, an answer was lost on
its way and nothing else. Faults of the store are told by their kind alone: their text quotes requests.
Credentials and region come to `obstore` from the environment's standard names (AWS_ACCESS_KEY_ID, AWS_REGION and so on,
a web identity, the machine's own); no value of them passes through here.
Elsewhere: the same on a disk, `database.shelves`; the places, `database.places`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from database import shelves
from database.safety import Unsafe
from database.shelves import SHOWN, Manner, Occupied, Overtaken, Unreachable

SIGNED: Final = "signed"  # below the private place: decided, and not shown yet
PROBE: Final = "probe"
CONTENT: Final = b"Whether this store keeps conditions and secrets is tried out with this object.\n"
_PRIVATE: Final = Manner(media_type=shelves.TEXT, cache="private, no-store", public=False, replaced=True)
_LOST: Final = (AlreadyExistsError, PreconditionError)  # the condition of a write did not hold
_ATTEMPTS: Final = 10  # at showing, each spoiled by somebody who showed meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a store is waited for."""

    answer: timedelta = timedelta(seconds=10)
    retries: int = 3
    in_all: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A bucket, and a prefix in it."""

    bucket: str
    prefix: str

    def contains(self, other: "Place") -> bool:
        """Whether whoever may read all of this may read something of the other."""
        return self.bucket == other.bucket and f"{other.prefix}/".startswith(f"{self.prefix}/" if self.prefix else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A shelf on an object store; the paths below both places are those below /ledger/."""

    public: S3Store = field(repr=False)
    private: S3Store = field(repr=False)
    stranger: S3Store = field(repr=False)  # the private place, asked without a signature

    def read(self, path: str) -> bytes | None:
        return self._held(self._store(shelves.manner(path)), path)[0]

    def write(self, path: str, content: bytes) -> None:
        manner = shelves.manner(path)
        store = self._store(manner)
        if manner.replaced:
            if self._held(store, path)[0] != content:
                _put(store, path, content, manner)
            return
        try:
            _put(store, path, content, manner, mode="create")
        except _LOST:
            if self._held(store, path)[0] != content:
                raise Occupied(path) from None

    def numbers(self, name: str) -> list[int]:
        with _told(f"listing {name}"):
            found = [each["path"] for chunk in obstore.list(self.public, f"{name}/") for each in chunk]
        names = (path.rpartition("/")[2] for path in found)
        return sorted(int(each) for each in names if each.isascii() and each.isdigit())

    def signed(self) -> bytes | None:
        return self._held(self.private, SIGNED)[0]

    def replace_signed(self, expected: bytes | None, note: bytes) -> None:
        held, tag = self._held(self.private, SIGNED)
        if held != expected:
            raise Overtaken("another publisher has signed meanwhile")
        try:
            _put(self.private, SIGNED, note, _PRIVATE, mode=_condition(tag))
        except _LOST:
            if self.signed() != note:
                raise Overtaken("another publisher has signed meanwhile") from None

    def show(self) -> None:
        for _ in range(_ATTEMPTS):
            # In this order: if nobody has shown anything since the first read, the note of the second is no older.
            shown, tag = self._held(self.public, SHOWN)
            note = self.signed()
            if note is None or note == shown:
                return
            try:
                _put(self.public, SHOWN, note, shelves.FRESH, mode=_condition(tag))
            except _LOST:
                continue
            return
        raise Unreachable(f"{SHOWN} is being shown by others all the time")

    def faults(self) -> list[str]:
        """What of this store would undo the promises above; tried out, since a store's documentation may err."""
        found = []
        with _losing():
            _put(self.private, PROBE, CONTENT, _PRIVATE, mode="create")
        for condition, mode in (("If-None-Match", _condition(None)), ("If-Match", _condition('"another"'))):
            with _losing() as lost:
                _put(self.private, PROBE, CONTENT, _PRIVATE, mode=mode)
            if not lost:
                found.append(f"the store of published files ignores {condition}: two publishers could fork the log")
        try:
            obstore.get(self.stranger, PROBE)
        except (BaseError, FileNotFoundError):
            return found
        return [*found, "the store shows its private place to strangers: every entry of the log would be public"]

    def _store(self, manner: Manner) -> S3Store:
        return self.public if manner.public else self.private

    def _held(self, store: S3Store, path: str) -> tuple[bytes | None, str | None]:
        """An object, and the tag by which it is known; None for one that is not there."""
        with _told(f"reading {path}"):
            try:
                found = obstore.get(store, path)
                return bytes(found.bytes()), found.meta["e_tag"]
            except FileNotFoundError:
                return None, None


def opened(public: Place, private: Place, *, endpoint: str | None, patience: Patience | None = None) -> Bucket:
    """The shelf at two places of one store; `endpoint` None is Amazon's own."""
    if public.contains(private) or private.contains(public):
        raise Unsafe(("the public and the private place of published files have something in common",))
    waiting = patience or Patience()

    def store(place: Place, *, unsigned: bool = False) -> S3Store:
        return S3Store(
            place.bucket,
            prefix=place.prefix or None,
            config={
                "conditional_put": "etag",
                "skip_signature": unsigned,
                **({} if endpoint is None else {"endpoint": endpoint}),
            },
            client_options={
                # Plain http is for a store on this very machine: whoever gave the endpoint has checked that.
                "allow_http": endpoint is not None and endpoint.startswith("http:"),
                "connect_timeout": min(waiting.answer, timedelta(seconds=3)),
                "timeout": waiting.answer,
            },
            retry_config={"max_retries": waiting.retries, "retry_timeout": waiting.in_all},
        )

    return Bucket(public=store(public), private=store(private), stranger=store(private, unsigned=True))


def _put(store: S3Store, path: str, content: bytes, manner: Manner, *, mode: "obstore.PutMode" = "overwrite") -> None:
    told = {"Content-Type": manner.media_type, "Cache-Control": manner.cache}
    with _told(f"writing {path}"):
        obstore.put(store, path, content, attributes=told, mode=mode, use_multipart=False)


def _condition(tag: str | None) -> "obstore.PutMode":
    return "create" if tag is None else {"e_tag": tag}


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """Faults of the store, by their kind; conditions that failed are the caller's."""
    try:
        yield
    except _LOST:
        raise
    except (BaseError, FileNotFoundError) as fault:
        # Not `from fault`: its text quotes the request, and a traceback would print it.
        raise Unreachable(f"the store of published files failed at {doing}: {type(fault).__name__}") from None


@contextmanager
def _losing() -> Iterator[list[bool]]:
    """Holds something, after the block, if a condition in it failed."""
    lost: list[bool] = []
    try:
        yield lost
    except _LOST:
        lost.append(True)
