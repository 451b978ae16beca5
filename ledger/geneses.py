"""The genesis: entry 0, by which the founders adopt the agreement and name the keys of log, host and witnesses (V16).

Promise: who accepts entry 0 by its anchor knows every key from which the log's keys descend.
Rules: parties in byte order, each of which signs, in that order; every key safe and no key twice; the log's key is
named after the log; no link to anything earlier.
Elsewhere: all other statements, `ledger.admissions`; the anchor, `ledger.entries`.
"""

from ledger import envelopes, keys, notes, statements
from ledger.envelopes import Envelope
from ledger.notes import VerifierKey
from ledger.rules import Code, Refused
from ledger.statements import AgreementAdopted


def judge(envelope: Envelope, log: str | None = None, agreement: str | None = None) -> AgreementAdopted:
    """What entry 0 says, `Refused` unless it founds a log (this one, under this agreement, where they are given)."""
    statement = statements.parse(envelope.payload)
    if not isinstance(statement, AgreementAdopted):
        raise Refused(Code.GENESIS_INVALID, f"entry 0 is {AgreementAdopted.KIND}, not {statement.KIND}")
    if envelope.payload_type != statements.payload_type(statement.KIND):
        raise Refused(Code.ENVELOPE_MALFORMED, f"{statement.KIND} is not signed as {envelope.payload_type}")
    envelopes.verify(envelope, [bytes.fromhex(founder.root_key) for founder in statement.parties])
    if log not in (None, statement.log):
        raise Refused(Code.OTHER_LOG, f"founds the log {statement.log}")
    if agreement not in (None, statement.agreement):
        raise Refused(Code.OTHER_AGREEMENT, f"adopts agreement {statement.agreement}")
    _require_first(statement)
    _require_keys(statement)
    return statement


def log_key(statement: AgreementAdopted) -> VerifierKey:
    """The key that signs the log's checkpoints."""
    return _read(statement.log_vkey)


def witnesses(statement: AgreementAdopted) -> tuple[VerifierKey, ...]:
    """The keys whose cosignatures count."""
    return tuple(_read(vkey) for vkey in statement.witnesses)


def _require_first(statement: AgreementAdopted) -> None:
    if statement.key_prev is not None or statement.seen is not None:
        raise Refused(Code.GENESIS_INVALID, "key_prev and seen of entry 0 are null")
    codes = [founder.party for founder in statement.parties]
    if codes != sorted(set(codes)):
        raise Refused(Code.GENESIS_INVALID, "the parties are not in byte order, each once")
    if statement.quorum > len(statement.witnesses):
        raise Refused(Code.GENESIS_INVALID, f"a quorum of {statement.quorum} from {len(statement.witnesses)} witnesses")


def _require_keys(statement: AgreementAdopted) -> None:
    log = _read(statement.log_vkey)
    witnesses = [_read(vkey) for vkey in statement.witnesses]
    if log.name != statement.log or log.type != notes.LOG_KEY:
        raise Refused(Code.GENESIS_INVALID, f"the log's key is named {log.name}, the log {statement.log}")
    if any(witness.type != notes.COSIGNATURE for witness in witnesses):
        raise Refused(Code.GENESIS_INVALID, "a witness's key is not of the type that cosigns")
    own = [statement.host_key, *(founder.root_key for founder in statement.parties)]
    publics = [log.public, *(keys.admitted(public) for public in own), *(witness.public for witness in witnesses)]
    if len(set(publics)) != len(publics):
        raise Refused(Code.KEY_PUBLIC_TAKEN, "a public key stands in entry 0 twice")


def _read(vkey: str) -> VerifierKey:
    try:
        return notes.read_key(vkey)
    except notes.Unreadable as error:
        raise Refused(Code.GENESIS_INVALID, str(error)) from error
