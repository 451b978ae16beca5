"""Valid examples of everything that is read from outside, made by the real writers where there are any."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from joserfc import jwk as jose
from nacl.pwhash import argon2id
from nacl.secret import SecretBox
from nacl.signing import SigningKey

import auth.keys
import casework.agreements
import cli.audit.proofs
import cli.drafts
import cli.passphrases
from auth import algorithms
from auth.documents import sha256
from auth.keys import SigningKeys
from cli.key_files import StatementKey
from ledger import (
    checkpoints,
    commitments,
    entries,
    envelopes,
    keys,
    notes,
    proofs,
    receipts,
    statements,
    tiles,
    trees,
    witnesses,
)
from ledger.commitments import Opening
from ledger.notes import VerifierKey
from ledger.receipts import Receipt, Refusal
from reading.ids import Cursors
from tests.ledger import golden, small

AGREEMENT: Final = Path(casework.agreements.__file__).parent / "data" / "fkd-mpu-2025.json"
ISSUER: Final = "https://estafet.example.go.id"
NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIGNER: Final = golden.key("fuzz")
LOG: Final[VerifierKey] = notes.key_of(golden.ORIGIN, golden.key("log"))
HOST: Final = bytes(golden.key("HOST/host").verify_key)
WITNESSES: Final = tuple(small.witness(name) for name in small.WITNESSES)
STATEMENT_KEY: Final = StatementKey(name="ID-JK/root", signing=golden.key("ID-JK/root"))
PASSPHRASE: Final = "twelve letters at least"
BOX: Final = SecretBox(b"b" * 32)
CURSORS: Final = Cursors(b"c" * 32)
PLACE: Final = (datetime, UUID)
OPENING: Final = Opening(name="risk", value={"level": "HIGH", "é": [1, None]}, salt=b"s" * 32)
REQUESTS: Final = (
    b'{"query":"{ me { client } }","variables":{"a":1e3},"operationName":null,"extensions":{}}',
    b'{"documentId":"sha256:ab","variables":{"x":[{"y":null}]}}',
)
DOCUMENTS: Final = (
    b"{ me { client } }",
    b"query A($id: ID!, $n: Int = 3) { case(id: $id) @include(if: true) { ...F referrals(first: $n) { totalCount } } } "
    b'fragment F on Case { id a: id @skip(if: false) } # "\xc3\xa9"',
    b'{ cases(first: 1, filter: {from: "ID-JK", x: [1, 2.5e3, """block"""]}) { edges { cursor } } }',
)
WRAPPING: Final = (
    b'{"owners": {"ID-JK": [{"name": "1", "secret": "' + b"ab" * 32 + b'"}]}, "fingerprints": "' + b"cd" * 32 + b'"}'
)
PATHS: Final = (
    *(b"tile/0/x001/234", b"tile/entries/000.p/12", b"tile/63/000", b"tile/entries/x001/x000/000"),
    b"tile/0/" + b"x001/" * 1_500 + b"000",
)
POLICIES: Final = (
    b'{"kinds": ["referral.sent", "handover.released"], "daily": 5, "to": ["ID-JB"]}',
    b'{"kinds": ["referral.sent"], "daily": 1, "log": "a/1", "host": "' + b"ab" * 32 + b'"}',
)
TALLIES: Final = (b'{"day": "2026-03-01", "signed": ["ab", "cd"]}', b'{"day": "", "signed": []}')
STATES: Final = (
    b'{"key": "ID-JK/root", "last": null, "seen": {"size": 3, "root": "ab"}, "signed": ["ab"], "host": "ab"}',
    b'{"key": "ID-JK/root", "last": "ab", "seen": null, "signed": []}',
)
KNOBS: Final = b"\n".join(
    [b"https://a.example", b"data", *[b"postgresql://u@h/n"] * 6, b"8", b"s3://b/p", b"s3://c", b"https://s", b"600"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimens:
    """By what they are."""

    leaves: tuple[bytes, ...]
    envelopes: tuple[bytes, ...]
    bodies: tuple[bytes, ...]
    bundles: tuple[bytes, ...]
    notes: tuple[bytes, ...]
    checkpoints: tuple[bytes, ...]
    vkeys: tuple[bytes, ...]
    proofs: tuple[bytes, ...]
    receipts: tuple[bytes, ...]
    submissions: tuple[bytes, ...]
    tokens: tuple[bytes, ...]
    dpop: tuple[bytes, ...]
    assertions: tuple[bytes, ...]
    public_keys: tuple[bytes, ...]
    cursors: tuple[bytes, ...]
    agreement: bytes
    prepared: tuple[bytes, ...]
    sealed: tuple[bytes, ...]
    clients: tuple[bytes, ...]
    kept_receipts: tuple[bytes, ...]
    openings: tuple[bytes, ...]
    manifests: tuple[bytes, ...]
    drafts: tuple[bytes, ...]
    key_files: tuple[bytes, ...]
    witness_keys: tuple[bytes, ...]


def jwk(key: SigningKey) -> dict[str, str]:
    """A private JWK."""
    return {**cli.audit.proofs.public_jwk(key), "d": cli.audit.proofs.text_of(bytes(key))}


def held_jwk() -> dict[str, str]:
    """The private JWK that stands in the authorization server's key file."""
    public = auth.keys.public(jwk(SIGNER))
    return {**jwk(SIGNER), "kid": public["kid"], "alg": "Ed25519", "use": "sig"}


HELD: Final = SigningKeys(
    signing=jose.import_key({**jwk(SIGNER)}), public=(algorithms.admit(auth.keys.public(jwk(SIGNER))),)
)


def opening(told: Opening) -> dict[str, str]:
    """An opening as the service tells it."""
    return {"name": told.name, "value": json.dumps(told.value, ensure_ascii=False), "salt": told.salt.hex()}


def json_of(value: object) -> bytes:
    """JSON."""
    return json.dumps(value).encode()


@cache
def small_log() -> golden.Log:
    """Twelve entries, published and cosigned."""
    return small.small()


def leaf_hash() -> bytes:
    """Of the entry that the proofs are of."""
    return trees.leaf_hash(small_log().leaves[3])


@cache
def made() -> Specimens:
    """All of them."""
    log = small_log()
    leaves = {statements.parse(entries.parse(leaf).envelope.payload).KIND: leaf for leaf in golden.renewed().leaves}
    found = [entries.parse(leaf).envelope for leaf in (log.leaves[0], *leaves.values())]
    files = log.shelf.files
    signed = [note for name, note in files.items() if name.startswith("checkpoint")]
    receipt = receipts.sign(
        Receipt(log=golden.ORIGIN, statement="a" * 64, index=3, leaf="b" * 64, at=golden.START),
        golden.key("HOST/host"),
    )
    refusal = receipts.sign_refusal(
        Refusal(log=golden.ORIGIN, statement="a" * 64, rule="V8", at=golden.START), golden.key("HOST/host")
    )
    shown = tuple(envelopes.encode(each) for each in (receipt, refusal))
    return Specimens(
        leaves=(log.leaves[0], *leaves.values()),
        envelopes=tuple(envelopes.encode(each) for each in found),
        bodies=tuple(each.payload for each in found),
        bundles=(tiles.bundle(log.leaves[1:4]), tiles.bundle([b"", b"x"]), b""),
        notes=tuple(signed),
        checkpoints=tuple(notes.parse(each).text.encode() for each in signed),
        vkeys=tuple(key.spell().encode() for key in (LOG, *WITNESSES)),
        proofs=(proofs.prove(files["checkpoint"], 3, files.__getitem__).spell().encode(),),
        receipts=shown,
        submissions=(_submission(log),),
        kept_receipts=(*shown, json_of({"data": {"x": [{"receipt": shown[0].decode()}, {"signedRefusal": None}]}})),
        agreement=AGREEMENT.read_bytes(),
        **_of_access(),
        **_of_commands(),
    )


def _submission(log: golden.Log) -> bytes:
    hashes = [trees.leaf_hash(leaf) for leaf in log.leaves]
    size = len(hashes)
    proof = proofs.Hashes(size, lambda _: b"".join(hashes)).consistency(5)
    told = checkpoints.Checkpoint(origin=golden.ORIGIN, size=size, root=trees.root(hashes))
    note = checkpoints.sign(told, golden.key("log")).encode()
    return witnesses.Submission(old=5, proof=proof, note=note).spell()


def _of_access() -> dict[str, Any]:
    at, key, kid = int(NOW.timestamp()), cli.audit.proofs.public_jwk(SIGNER), HELD.public[0].kid
    claims = {"iss": ISSUER, "aud": ISSUER, "sub": "c", "client_id": "c", "scope": "cases:read", "jti": "j" * 20}
    claims |= {"party": "ID-JK", "purpose": "audit"}
    token = {**claims, "iat": at, "exp": at + 300, "cnf": {"jkt": "t"}}
    head = {"alg": "Ed25519", "typ": "at+jwt", "kid": kid}
    ath = cli.audit.proofs.text_of(hashlib.sha256(b"a.b.c").digest())
    proof = {"jti": "j" * 20, "htm": "POST", "htu": ISSUER + "/graphql", "iat": at, "ath": ath, "nonce": "n"}
    rsa = {"kty": "RSA", "n": cli.audit.proofs.text_of(b"\xf1" * 256), "e": "AQAB"}
    ec = jose.ECKey.generate_key("P-256", private=False).as_dict(private=False)
    return {
        "tokens": (json_of({"header": head, "claims": token}), b"a.b.c"),
        "dpop": (json_of({"header": {"alg": "Ed25519", "typ": "dpop+jwt", "jwk": key}, "claims": proof}), b"a.b.c"),
        "assertions": (json_of({"header": {**head, "typ": "JWT"}, "claims": {**claims, "exp": at + 60}}), b"a.b.c"),
        "public_keys": (json_of(key), json_of(auth.keys.public(jwk(SIGNER))), json_of(rsa), json_of(ec)),
        "cursors": (
            CURSORS.sealer("Case ")(NOW, UUID(int=7)).encode(),
            CURSORS.sealer("Case ")("x", 1).encode(),
            CURSORS.sealer("Other ")(1).encode(),
        ),
    }


def _of_commands() -> dict[str, Any]:
    query = "{ me { client } }"
    plain: Mapping[str, object] = {**jwk(STATEMENT_KEY.signing), "name": STATEMENT_KEY.name}
    client: dict[str, object] = {"issuer": ISSUER, "client_id": "c", "party": "ID-JK", "scopes": ["cases:read"]}
    client |= {"client_jwk": {**jwk(SIGNER), "kid": "k"}, "dpop_jwk": jwk(SIGNER)}
    return {
        "prepared": _prepared(),
        "sealed": (json_of(_sealed()),),
        "clients": (json_of(client), json_of({**client, "dpop_jwk": jwk(SIGNER)})),
        "openings": (json_of({"index": 3, "statement": "ab" * 32, "openings": [opening(OPENING)]}),),
        "manifests": (json_of({f"sha256:{sha256(query)}": query}), json_of({sha256("é"): "é"})),
        "drafts": _drafts(),
        "key_files": (json_of(plain), json_of({"name": STATEMENT_KEY.name, "public": STATEMENT_KEY.public})),
        "witness_keys": (json_of(keys.private_jwk(SIGNER, "w.example/1")),),
    }


def _prepared() -> tuple[bytes, ...]:
    sealed, openings = commitments.seal({"reason": None}, lambda: b"s" * 32)
    common = {"log": golden.ORIGIN, "agreement": "ab" * 32, "party": "ID-JI", "key": "ID-JI/k" + "7f" * 16}
    statement = statements.ReferralAccepted(
        **common, key_prev=None, seen=None, claimed_at=NOW, referral="0f" * 16, referral_prev="cd" * 32, sealed=sealed
    )
    body, kind = statements.encode(statement), statements.payload_type(statement.KIND)
    told: dict[str, object] = {
        "payloadType": kind,
        "payload": base64.b64encode(body).decode(),
        "bytesToSign": base64.b64encode(envelopes.pae(kind, body)).decode(),
        "statementId": envelopes.statement_id(kind, body),
        "openings": [opening(each) for each in openings],
    }
    return json_of(told), json_of({"data": {"prepareStatement": {"preparedStatement": told}}})


def _sealed() -> dict[str, object]:
    salt = bytes(argon2id.SALTBYTES)
    derived = argon2id.kdf(SecretBox.KEY_SIZE, PASSPHRASE.encode(), salt, opslimit=1, memlimit=argon2id.MEMLIMIT_MIN)
    box = SecretBox(derived).encrypt(json_of({"d": "d", "name": "ID-JK/root"}), bytes(24))
    written = {"salt": cli.audit.proofs.text_of(salt), "box": cli.audit.proofs.text_of(bytes(box))}
    return {"kdf": "argon2id", "opslimit": 1, "memlimit": argon2id.MEMLIMIT_MIN, **written}


def _drafts() -> tuple[bytes, ...]:
    statement = next(
        said
        for leaf in golden.renewed().leaves
        if isinstance(said := statements.parse(entries.parse(leaf).envelope.payload), statements.KeyAdded)
    )
    draft = cli.drafts.new(statement)
    public, name = golden.public(statement.name), statement.name
    made = golden.key(name).sign(envelopes.pae(draft.payload_type, draft.body)).signature
    line = {"key": name, "public": public, "sig": base64.b64encode(made).decode()}
    told = {"draft": 1, "payloadType": draft.payload_type, "payload": base64.b64encode(draft.body).decode()}
    return (json_of({**told, "signatures": [line]}), json_of({**told, "signatures": []}))
