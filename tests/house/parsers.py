"""Every reader of what comes from outside, in one table: how it is called, what may come out of it, what it can read.

Promise: each row's reader is the real one; a row says which errors of its own room may come out, and no others may.
Rules: what comes in is bytes, for a text those of UTF-8, in which bytes that are none come out as lone surrogates, as
they do on a command line. A value that is JSON already comes in as JSON; what is signed comes in as `{header, claims}`
and is signed here with the right key, so that what lies behind the signature is tried, too.
Elsewhere: how examples are bent, `tests.house.bending`; who tries the rows, `test_parsers` and `fuzzing` beside this.
"""

import base64
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import api.envelopes
import auth.algorithms
import auth.forms
import auth.headers
import auth.keys
import auth.proofs
import auth.scopes
import auth.signatures
import auth.tokens
import auth.transports
import casework.agreements
import casework.documents
import casework.niks
import cli.audit.bundles
import cli.audit.clients
import cli.audit.connections
import cli.audit.credentials
import cli.audit.exhibits
import cli.audit.obligations.moments
import cli.audit.obligations.urgencies
import cli.audit.receipts
import cli.audit.verdicts
import cli.connect.bodies
import cli.connect.policies
import cli.connect.stores
import cli.documents
import cli.drafts
import cli.key_files
import cli.passphrases
import cli.prepared
import cli.questions
import cli.signing
import cli.signing_states
import cli.witness.identities
import database.outbox
import operations.host_keys
import operations.wrapping_keys
import reading.ids
import reading.limits
import reading.refusals
import settings.knobs
from auth.algorithms import PublicKey
from auth.refusals import Unverified
from cli.audit.connections import Response
from cli.audit.endings import Stopped
from cli.connect.answers import Refusal
from ledger import (
    canonical,
    checkpoints,
    cosignatures,
    cuts,
    entries,
    envelopes,
    geneses,
    instants,
    keys,
    notes,
    proofs,
    receipts,
    statements,
    tiles,
    trees,
    witnesses,
)
from ledger.notes import Unreadable
from ledger.rules import Refused
from tests.auth.partners import in_base64
from tests.house import specimens
from tests.house.specimens import CURSORS, HELD, ISSUER, NOW, SIGNER, Specimens

Read = Callable[[bytes], object]
Write = Callable[[Any], bytes]
NOTHING: Final[tuple[type[Exception], ...]] = ()


class Unfit(Exception):
    """The bytes are no input of this reader at all, such as no JSON where a value is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """One reader."""

    address: str
    read: Read
    refusals: tuple[type[Exception], ...]
    examples: tuple[bytes, ...]
    write: Write | None = None


def text_of(data: bytes) -> str:
    """Text, as Python hands over what stood on a command line."""
    return data.decode("utf-8", "surrogateescape")


def value_of(data: bytes) -> Any:
    """A JSON value."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unfit from error


def of_text(read: Callable[[str], object]) -> Read:
    """A reader of texts."""
    return lambda data: read(text_of(data))


def of_value(read: Callable[[Any], object]) -> Read:
    """A reader of JSON values."""
    return lambda data: read(value_of(data))


def of_file(read: Callable[[Path], object], name: str = "told.json") -> Read:
    """A reader of files."""

    def from_file(data: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.touch(0o600)
            path.write_bytes(data)
            return read(path)

    return from_file


def signed(data: bytes) -> str:
    """`{header, claims}` under a signature of the key that holds; anything else as it is."""
    try:
        told = json.loads(data)
        header, claims = told["header"], told["claims"]
        alg = header["alg"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return text_of(data)
    content = ".".join(in_base64(json.dumps(part).encode()) for part in (header, claims))
    return f"{content}.{in_base64(SIGNER.sign(content.encode()).signature)}" if alg else content


def _key(header: auth.signatures.Claims) -> PublicKey:
    return HELD.public[0]


def _call(body: bytes) -> auth.forms.Call:
    told = ((b"content-type", b"application/x-www-form-urlencoded"),)
    return auth.forms.Call(method="POST", path="/", query=b"", headers=told, body=body, address="192.0.2.1")


def _header(data: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", each) for each in data.split(b"\n")]


def _kept(path: Path) -> object:
    return cli.connect.stores.Store(path.parent, specimens.BOX).read_tally()


def _sealed(data: bytes) -> object:
    value = value_of(data)
    if isinstance(value, dict) and isinstance(value.get("memlimit"), int) and value["memlimit"] > 1 << 20:
        raise Unfit  # up to a gigabyte is let through, and takes its time
    if isinstance(value, dict):
        return cli.passphrases.opened(value, "ID-JK/root", specimens.PASSPHRASE, Path("key.json"))
    raise Unfit


def _prepared(data: bytes) -> object:
    value = value_of(data)
    if not isinstance(value, dict):
        raise Unfit
    return cli.prepared.examine(value)


def _proved(data: bytes) -> object:
    return proofs.verify(proofs.parse(text_of(data)), specimens.leaf_hash(), specimens.LOG)


def _note(note: notes.Note) -> bytes:
    return (note.text + "\n" + "".join(each.line() for each in note.signatures)).encode()


@cache
def table() -> tuple[Parser, ...]:
    """Every row."""
    told = specimens.made()
    return (
        *_of_ledger(told),
        *_of_more_ledger(told),
        *_of_auth(told),
        *_of_api(told),
        *_of_cli(told),
        *_of_files(told),
    )


def _of_ledger(told: Specimens) -> tuple[Parser, ...]:
    return (
        Parser(
            address="ledger.entries.parse",
            read=entries.parse,
            write=entries.encode,
            refusals=(Refused,),
            examples=told.leaves,
        ),
        Parser(
            address="ledger.envelopes.decode",
            read=envelopes.decode,
            write=envelopes.encode,
            refusals=(Refused,),
            examples=told.envelopes,
        ),
        Parser(
            address="ledger.envelopes.parse",
            read=of_value(envelopes.parse),
            write=envelopes.encode,
            refusals=(Refused,),
            examples=told.envelopes,
        ),
        Parser(
            address="ledger.envelopes.strict_base64",
            read=of_text(envelopes.strict_base64),
            write=base64.b64encode,
            refusals=(ValueError,),
            examples=(b"AAEC", b"", b"/+8=", b"QQ=="),
        ),
        Parser(
            address="ledger.statements.encodings.parse",
            read=statements.parse,
            write=statements.encode,
            refusals=(Refused,),
            examples=told.bodies,
        ),
        Parser(
            address="ledger.geneses.judge",
            read=lambda data: geneses.judge(envelopes.decode(data)),
            refusals=(Refused, Unreadable),
            examples=told.envelopes[:1],
        ),
        Parser(
            address="ledger.canonical.parse",
            read=canonical.parse,
            write=canonical.encode,
            refusals=(canonical.NotCanonical,),
            examples=(*told.bodies[:3], b'{"a":[1,null,true,"\xc3\xa9"]}', b"[]", b"-1", b'"\\u0001"'),
        ),
        Parser(
            address="ledger.canonical.decode",
            read=canonical.decode,
            write=canonical.encode,
            refusals=(canonical.NotCanonical,),
            examples=(*told.bodies[:3], b'{"b": 1, "a": [ ]}', b'"\\u00e9"', b"9007199254740991"),
        ),
        Parser(
            address="ledger.instants.parse",
            read=of_text(instants.parse),
            write=lambda at: instants.spell(at).encode(),
            refusals=(ValueError,),
            examples=(b"2026-03-31T16:59:59Z", b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:59Z"),
        ),
        Parser(
            address="ledger.tiles.parse_path",
            read=of_text(tiles.parse_path),
            write=lambda tile: b"-" if tile is None else tile.path().encode(),
            refusals=NOTHING,
            examples=specimens.PATHS,
        ),
        Parser(
            address="ledger.tiles.unbundle",
            read=tiles.unbundle,
            write=tiles.bundle,
            refusals=(Refused,),
            examples=told.bundles,
        ),
        Parser(
            address="ledger.tiles.hashes",
            read=tiles.hashes,
            write=b"".join,
            refusals=(Refused,),
            examples=(bytes(32), bytes(range(256)) * 3),
        ),
        Parser(address="ledger.cuts.cut", read=cuts.cut, refusals=NOTHING, examples=told.bundles),
    )


def _of_more_ledger(told: Specimens) -> tuple[Parser, ...]:
    return (
        Parser(
            address="ledger.notes.parse", read=notes.parse, write=_note, refusals=(Unreadable,), examples=told.notes
        ),
        Parser(
            address="ledger.notes.read_key",
            read=of_text(notes.read_key),
            write=lambda key: key.spell().encode(),
            refusals=(Unreadable,),
            examples=told.vkeys,
        ),
        Parser(
            address="ledger.notes.verify",
            read=lambda data: notes.verify(data, [specimens.LOG]),
            refusals=(Unreadable,),
            examples=told.notes,
        ),
        Parser(
            address="ledger.checkpoints.parse",
            read=of_text(checkpoints.parse),
            write=lambda told: told.text().encode("utf-8", "surrogateescape"),
            refusals=(Unreadable,),
            examples=told.checkpoints,
        ),
        Parser(
            address="ledger.checkpoints.verify",
            read=lambda data: checkpoints.verify(data, specimens.LOG),
            refusals=(Unreadable,),
            examples=told.notes,
        ),
        Parser(
            address="ledger.cosignatures.read",
            read=lambda data: cosignatures.read(notes.parse(data), specimens.WITNESSES),
            refusals=(Unreadable,),
            examples=told.notes,
        ),
        Parser(
            address="ledger.cosignatures.offered",
            read=lambda data: cosignatures.offered(text_of(told.checkpoints[0]), data),
            write=lambda lines: "".join(each.line() for each in lines).encode(),
            refusals=(Unreadable,),
            examples=tuple(note.partition(b"\n\n")[2] for note in told.notes),
        ),
        Parser(
            address="ledger.proofs.parse",
            read=of_text(proofs.parse),
            write=lambda proof: proof.spell().encode("utf-8", "surrogateescape"),
            refusals=(Unreadable,),
            examples=told.proofs,
        ),
        Parser(
            address="ledger.proofs.verify",
            read=_proved,
            refusals=(Unreadable, trees.Unproved),
            examples=told.proofs,
        ),
        Parser(
            address="ledger.receipts.verify",
            read=lambda data: receipts.verify(envelopes.decode(data), specimens.HOST),
            refusals=(Refused,),
            examples=told.receipts,
        ),
        Parser(
            address="ledger.receipts.verify_refusal",
            read=lambda data: receipts.verify_refusal(envelopes.decode(data), specimens.HOST),
            refusals=(Refused,),
            examples=told.receipts,
        ),
        Parser(
            address="ledger.witnesses.parse",
            read=witnesses.parse,
            write=lambda sent: sent.spell(),
            refusals=(Unreadable,),
            examples=told.submissions,
        ),
        Parser(
            address="ledger.witnesses.admit",
            read=lambda data: witnesses.admit(data, {specimens.LOG.name: specimens.LOG}),
            refusals=(witnesses.Refused,),
            examples=told.submissions,
        ),
        Parser(
            address="ledger.keys.read_private",
            read=of_value(keys.read_private),
            write=lambda found: json.dumps(keys.private_jwk(*found) if found[1] else specimens.jwk(found[0])).encode(),
            refusals=(keys.NotAKey,),
            examples=(json.dumps(specimens.jwk(SIGNER)).encode(), json.dumps(keys.private_jwk(SIGNER, "n")).encode()),
        ),
        Parser(
            address="ledger.keys.admitted",
            read=of_text(keys.admitted),
            write=lambda public: public.hex().encode(),
            refusals=(Refused, ValueError),
            examples=(bytes(SIGNER.verify_key).hex().encode(), b"00" * 32),
        ),
    )


def _of_auth(told: Specimens) -> tuple[Parser, ...]:
    url = ISSUER + "/graphql"
    return (
        Parser(
            address="auth.tokens.verify",
            read=lambda data: auth.tokens.verify(
                signed(data), keys=HELD, issuer=ISSUER, at=NOW, remembered=auth.tokens.Remembered()
            ),
            refusals=(Unverified,),
            examples=told.tokens,
        ),
        Parser(
            address="auth.tokens.read_ended",
            read=lambda data: auth.tokens.read_ended(signed(data), keys=HELD, issuer=ISSUER, at=NOW),
            refusals=(Unverified,),
            examples=told.tokens,
        ),
        Parser(
            address="auth.proofs.verify",
            read=lambda data: auth.proofs.verify(signed(data), method="POST", url=url, token="a.b.c", at=NOW),
            refusals=(Unverified,),
            examples=told.dpop,
        ),
        Parser(
            address="auth.signatures.peeked",
            read=lambda data: auth.signatures.peeked(
                signed(data), typ=frozenset({"at+jwt", "JWT"}), members=frozenset({"typ", "alg", "kid"})
            ),
            refusals=(Unverified,),
            examples=told.assertions,
        ),
        Parser(
            address="auth.signatures.verified",
            read=lambda data: auth.signatures.verified(
                signed(data), typ=frozenset({"JWT"}), members=frozenset({"typ", "alg", "kid"}), key_of=_key
            ),
            refusals=(Unverified,),
            examples=told.assertions,
        ),
        Parser(
            address="auth.algorithms.admit",
            read=of_value(auth.algorithms.admit),
            write=lambda key: json.dumps(key.told()).encode(),
            refusals=(auth.algorithms.KeyRefused,),
            examples=told.public_keys,
        ),
        Parser(
            address="auth.keys.load",
            read=of_file(auth.keys.load),
            refusals=(auth.keys.KeysUnusable,),
            examples=(json.dumps({"keys": [specimens.held_jwk()]}).encode(),),
        ),
        Parser(
            address="auth.forms.parse",
            read=lambda data: auth.forms.parse(_call(data)),
            write=lambda form: urlencode(form).encode(),
            refusals=(auth.forms.FormRefused,),
            examples=(b"grant_type=client_credentials&scope=cases%3Aread", b"", b"a=%C3%A9&b=+"),
        ),
        Parser(
            address="auth.headers.credentials",
            read=lambda data: auth.headers.credentials(_header(data)),
            refusals=(auth.headers.Malformed,),
            examples=(b"DPoP a.b.c", b"Bearer  abc==", b"DPoP a\nDPoP b"),
        ),
        Parser(
            address="auth.headers.one",
            read=lambda data: auth.headers.one(_header(data), "Authorization"),
            refusals=(auth.headers.Malformed,),
            examples=(b"DPoP a.b.c",),
        ),
        Parser(
            address="auth.scopes.parse",
            read=of_text(auth.scopes.parse),
            write=lambda scopes: auth.scopes.written(scopes).encode(),
            refusals=(auth.scopes.UnknownScope,),
            examples=(b"cases:read", b"cases:read ledger:read"),
        ),
        Parser(
            address="auth.transports.issuer",
            read=of_text(auth.transports.issuer),
            refusals=(auth.transports.Insecure,),
            examples=(b"https://estafet.example.go.id", b"http://[::1]:8000", b"http://localhost:8000"),
        ),
        Parser(
            address="auth.transports.same_target",
            read=lambda data: auth.transports.same_target(text_of(data), url),
            refusals=NOTHING,
            examples=(url.encode(), b"http://[::1]:80/a", b"https://a.example:443/graphql?x#y"),
        ),
    )


def _of_api(told: Specimens) -> tuple[Parser, ...]:
    malformed = (api.envelopes.Malformed,)
    accepts = (b"application/json", b"application/*;q=0.5, */*;q=0.1", b"text/event-stream;q=1")
    return (
        Parser(
            address="api.envelopes.parsed", read=api.envelopes.parsed, refusals=malformed, examples=specimens.REQUESTS
        ),
        Parser(
            address="api.envelopes.request_in",
            read=of_value(api.envelopes.request_in),
            refusals=malformed,
            examples=specimens.REQUESTS,
        ),
        Parser(
            address="api.envelopes.in_url",
            read=api.envelopes.in_url,
            refusals=malformed,
            examples=(b"documentId=sha256%3Aab&variables=%7B%22a%22%3A1%7D", b"documentId=a&operationName=B"),
        ),
        Parser(
            address="api.envelopes.names_document",
            read=api.envelopes.names_document,
            refusals=NOTHING,
            examples=(b"documentId=a",),
        ),
        Parser(
            address="api.envelopes.accepted", read=of_text(api.envelopes.accepted), refusals=malformed, examples=accepts
        ),
        Parser(
            address="api.envelopes.check_named",
            read=of_text(api.envelopes.check_named),
            refusals=malformed,
            examples=accepts,
        ),
        Parser(
            address="api.envelopes.streams", read=of_text(api.envelopes.streams), refusals=NOTHING, examples=accepts
        ),
        Parser(
            address="api.envelopes.check_content_type",
            read=of_text(api.envelopes.check_content_type),
            refusals=malformed,
            examples=(b"application/json", b'application/json; charset="utf-8"'),
        ),
        Parser(
            address="reading.ids.opened",
            read=of_text(reading.ids.opened),
            write=lambda named: b"-" if named is None else reading.ids.id_of(named.kind, named.key).encode(),
            refusals=NOTHING,
            examples=(b"Q2FzZTowMDAw", reading.ids.id_of("Case", "0" * 32).encode()),
        ),
        Parser(
            address="reading.ids.Cursors.place",
            read=lambda data: CURSORS.place(text_of(data), "Case ", specimens.PLACE),
            refusals=NOTHING,
            examples=told.cursors,
        ),
        Parser(
            address="reading.limits.parsed",
            read=of_text(reading.limits.parsed),
            refusals=(reading.refusals.Refused,),
            examples=specimens.DOCUMENTS,
        ),
        Parser(
            address="database.outbox.read",
            read=of_text(database.outbox.read),
            write=lambda cursor: cursor.spell().encode(),
            refusals=(database.outbox.Unknown,),
            examples=(b"0-0", b"123456789012345678-999999999"),
        ),
        Parser(
            address="casework.documents.read",
            read=casework.documents.read,
            write=casework.documents.canonical,
            refusals=(casework.documents.Unreadable,),
            examples=(told.agreement, b'{"a":[1,"b",{"c":null}]}'),
        ),
        Parser(
            address="casework.agreements.parse",
            read=casework.agreements.parse,
            write=lambda agreement: bytes(agreement.document),
            refusals=(casework.documents.Unreadable,),
            examples=(told.agreement,),
        ),
        Parser(
            address="casework.niks.read",
            read=of_text(lambda nik: casework.niks.read(nik, on=date(2026, 3, 1))),
            refusals=NOTHING,
            examples=(b"3171014101900001", b"9999999999999999"),
        ),
        Parser(
            address="settings.knobs.read",
            read=lambda data: settings.knobs.read(
                {name: text_of(value) for name, value in zip(settings.knobs.KNOBS, data.split(b"\n"), strict=False)}
            ),
            refusals=(settings.knobs.Unusable,),
            examples=(specimens.KNOBS, b"\n".join([b"http://[::1]:1"] * 24), b"\n".join([b"127.0.0.1:9464"] * 24)),
        ),
    )


def _of_cli(told: Specimens) -> tuple[Parser, ...]:
    stopped = (Stopped,)
    return (
        Parser(address="cli.prepared.examine", read=_prepared, refusals=stopped, examples=told.prepared),
        Parser(
            address="cli.prepared.opening",
            read=of_value(cli.prepared.opening),
            write=lambda opening: json.dumps(specimens.opening(opening)).encode(),
            refusals=stopped,
            examples=(json.dumps(specimens.opening(specimens.OPENING)).encode(),),
        ),
        Parser(
            address="cli.questions.json_object",
            read=of_text(lambda text: cli.questions.json_object(text, "--variables")),
            refusals=stopped,
            examples=(b'{"a": 1}',),
        ),
        Parser(
            address="cli.audit.clients.as_object",
            read=lambda data: cli.audit.clients.as_object(Response(status=200, headers={}, body=data), "/graphql"),
            refusals=stopped,
            examples=(b'{"data": {"a": 1}}',),
        ),
        Parser(
            address="cli.audit.bundles.statement_bodies",
            read=lambda data: list(cli.audit.bundles.statement_bodies(tiles.bundle([data]))),
            refusals=NOTHING,
            examples=told.leaves,
        ),
        Parser(
            address="cli.connect.bodies.json_object",
            read=cli.connect.bodies.json_object,
            refusals=(Refusal,),
            examples=(b'{"data": {"a": 1}}',),
        ),
        Parser(
            address="operations.host_keys.read_signing",
            read=of_file(operations.host_keys.read_signing),
            refusals=(operations.host_keys.Unusable,),
            examples=(json.dumps(specimens.jwk(SIGNER)).encode(),),
        ),
        Parser(
            address="operations.wrapping_keys.read",
            read=of_file(lambda path: operations.wrapping_keys.read(path.parent), operations.wrapping_keys.FILE),
            refusals=(operations.wrapping_keys.Unreadable,),
            examples=(specimens.WRAPPING,),
        ),
        Parser(address="cli.passphrases.opened", read=_sealed, refusals=stopped, examples=told.sealed),
        Parser(
            address="cli.audit.verdicts.checked",
            read=of_text(cli.audit.verdicts.checked),
            write=str.encode,
            refusals=stopped,
            examples=(b"ab" * 32, b" AB" * 32),
        ),
        Parser(
            address="cli.audit.connections.checked",
            read=of_text(cli.audit.connections.checked),
            write=lambda url: url.encode("utf-8", "surrogateescape"),
            refusals=stopped,
            examples=(b"https://estafet.example.go.id", b"http://[::1]:8000/", b"http://127.0.0.1:1"),
        ),
        Parser(
            address="cli.audit.exhibits.key_of",
            read=of_text(cli.audit.exhibits.key_of),
            write=lambda key: key.spell().encode(),
            refusals=stopped,
            examples=(*told.vkeys, b"x" * 300),
        ),
        Parser(
            address="cli.audit.exhibits.hash_in",
            read=of_text(cli.audit.exhibits.hash_in),
            write=lambda found: found.hex().encode(),
            refusals=stopped,
            examples=(b"ab" * 32,),
        ),
        Parser(
            address="cli.audit.obligations.moments.read",
            read=of_text(cli.audit.obligations.moments.read),
            write=lambda at: instants.spell(at).encode(),
            refusals=stopped,
            examples=(b"2026-03-31T23:59:59+07:00", b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:59.00-12:00"),
        ),
    )


def _of_files(told: Specimens) -> tuple[Parser, ...]:
    stopped = (Stopped,)

    def shown(path: Path) -> object:
        return cli.audit.exhibits.checked(path, specimens.LOG.spell(), None, specimens.leaf_hash().hex())

    def given(path: Path) -> object:
        return cli.signing.given(path)

    def state(path: Path) -> object:
        return cli.signing_states.read(path, specimens.STATEMENT_KEY)

    return tuple(
        Parser(address=address, read=of_file(read, name), refusals=stopped, examples=examples)
        for address, read, name, examples in (
            ("cli.audit.credentials.read", cli.audit.credentials.read, "told.json", told.clients),
            ("cli.audit.credentials.object_in", cli.audit.credentials.object_in, "told.json", told.clients),
            ("cli.audit.receipts.in_file", cli.audit.receipts.in_file, "told.json", told.kept_receipts),
            ("cli.audit.obligations.urgencies.read", _openings, "told.json", told.openings),
            ("cli.audit.exhibits.checked", shown, "proof", told.proofs),
            ("cli.connect.policies.read", cli.connect.policies.read, "told.json", specimens.POLICIES),
            ("cli.connect.stores.Store.read_tally", _kept, "tally.json", specimens.TALLIES),
            ("cli.documents.in_file", _documents, "told.json", told.manifests),
            ("cli.documents.decoded", cli.documents.decoded, "told.graphql", specimens.DOCUMENTS),
            ("cli.drafts.read", cli.drafts.read, "told.json", told.drafts),
            ("cli.key_files.read", cli.key_files.read, "told.json", told.key_files[:1]),
            ("cli.key_files.public_half", cli.key_files.public_half, "told.json", told.key_files),
            ("cli.signing.given", given, "told.json", told.prepared),
            ("cli.signing_states.read", state, "told.json", specimens.STATES),
            ("cli.witness.identities.read", _identity, "key.json", told.witness_keys),
        )
    )


def _openings(path: Path) -> object:
    return cli.audit.obligations.urgencies.read([path])


def _documents(path: Path) -> object:
    return list(cli.documents.in_file(path))


def _identity(path: Path) -> object:
    return cli.witness.identities.read(path.parent)
