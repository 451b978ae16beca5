"""One judge: every rule about a single statement, broken one at a time."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import admissions, canonical, entries, envelopes, geneses, keys, notes, registers, statements
from ledger.admissions import Facts
from ledger.canonical import JSON
from ledger.envelopes import Envelope
from ledger.registers import KeyRecord, Use
from ledger.rules import Code, Refused
from ledger.statements import AgreementAdopted, KeyAdded, KeyRevoked, ReferralSent, ReferralWithdrawn, Seen, Statement
from tests.ledger import golden
from tests.ledger.test_statements import padded

NAME = golden.key_name("ID-JK")
AT = golden.START + timedelta(days=1)
RECORD = KeyRecord(
    name=NAME,
    party="ID-JK",
    public=bytes.fromhex(golden.public(NAME)),
    use=Use.SYSTEM,
    valid_from=golden.START,
    valid_until=golden.START + timedelta(days=90),
    added_index=5,
)
ROOT = replace(RECORD, name="ID-JK/root", public=bytes.fromhex(golden.public("ID-JK/root")), use=Use.ROOT)
SENT = ReferralSent(
    log=golden.ORIGIN,
    agreement=golden.AGREEMENT_SHA256,
    party="ID-JK",
    key=NAME,
    key_prev="a" * 64,
    seen=Seen(size=7, root="b" * 64),
    claimed_at=AT,
    referral="c" * 32,
    to="ID-JI",
    term_acknowledge="PT24H",
    term_decide="P3WD",
    sealed=golden.sealed("age_band", "case", "category", "risk", "sex", "vulnerability"),
)
WITHDRAWN = ReferralWithdrawn(
    log=golden.ORIGIN,
    agreement=golden.AGREEMENT_SHA256,
    party="ID-JK",
    key=NAME,
    key_prev=None,
    seen=None,
    claimed_at=AT,
    referral="c" * 32,
    referral_prev="d" * 64,
)
FACTS = Facts(
    log=golden.ORIGIN,
    agreement=golden.AGREEMENT_SHA256,
    size=20,
    known=False,
    key=RECORD,
    subject=None,
    public_taken=False,
    key_prev_signer=NAME,
    seen_root="b" * 64,
    seen_highest=7,
    referral_last=None,
)
NEW = golden.key_name("ID-JK", 9)
ADDED = KeyAdded(
    log=golden.ORIGIN,
    agreement=golden.AGREEMENT_SHA256,
    party="ID-JK",
    key="ID-JK/root",
    key_prev=None,
    seen=None,
    claimed_at=AT,
    name=NEW,
    public=golden.public(NEW),
    use="system",
    from_=AT,
    until=None,
    holder=None,
)
REVOKED = KeyRevoked(
    log=golden.ORIGIN,
    agreement=golden.AGREEMENT_SHA256,
    party="ID-JK",
    key="ID-JK/root",
    key_prev=None,
    seen=None,
    claimed_at=AT,
    name=NAME,
    since_claimed=AT,
)
ROOT_FACTS = replace(FACTS, key=ROOT)


def seal(statement: Statement, *signers: str) -> Envelope:
    names = signers or (str(statement.key),)
    body = statements.encode(statement)
    return envelopes.seal(statements.payload_type(statement.KIND), body, [golden.key(name) for name in names])


def test_legal_statements_are_admitted() -> None:
    assert admissions.admit(seal(SENT), FACTS, AT) == SENT
    assert admissions.admit(seal(WITHDRAWN), replace(FACTS, referral_last="d" * 64), AT) == WITHDRAWN
    assert admissions.admit(seal(ADDED, "ID-JK/root", NEW), ROOT_FACTS, AT) == ADDED
    officer = replace(ADDED, use="officer", holder="e" * 64)
    assert admissions.admit(seal(officer, "ID-JK/root", NEW), ROOT_FACTS, AT) == officer
    assert admissions.admit(seal(REVOKED), replace(ROOT_FACTS, subject=RECORD), AT) == REVOKED


def test_a_question_names_what_must_be_looked_up() -> None:
    question = admissions.ask(seal(SENT))
    assert question.statement == envelopes.statement_id(statements.payload_type(SENT.KIND), statements.encode(SENT))
    assert (question.kind, question.party, question.key) == ("referral.sent", "ID-JK", NAME)
    assert (question.key_prev, question.seen_size, question.referral) == ("a" * 64, 7, "c" * 32)
    added = admissions.ask(seal(ADDED, "ID-JK/root", NEW))
    assert (added.subject, added.public, added.seen_size, added.referral) == (NEW, golden.public(NEW), None, None)


@dataclass(frozen=True)
class Story:
    code: Code
    envelope: Callable[[], Envelope]
    facts: Facts = FACTS
    days: int = 0


def other_type() -> Envelope:
    return envelopes.seal("application/vnd.estafet.key.v1+json", statements.encode(SENT), [golden.key(NAME)])


def raw(body: bytes) -> Envelope:
    return envelopes.seal(statements.payload_type(SENT.KIND), body, [golden.key(NAME)])


def reordered() -> Envelope:
    return raw(statements.encode(SENT).replace(b'{"', b'{ "', 1))


def unknown_field() -> Envelope:
    value = canonical.parse(statements.encode(SENT))
    assert isinstance(value, dict)
    return raw(padded({**value, "note": ""}))


BAD_PUBLIC = "01" + "00" * 31

STORIES = {
    "signed by another key": Story(Code.SIGNATURE_INVALID, lambda: seal(SENT, "ID-JK/root")),
    "signed twice": Story(Code.SIGNATURE_COUNT, lambda: seal(SENT, NAME, NAME)),
    "not JSON": Story(Code.NOT_CANONICAL, lambda: raw(b"hello")),
    "not an object": Story(Code.KIND_UNKNOWN, lambda: raw(b"[]")),
    "signed over a second spelling": Story(Code.NOT_CANONICAL, reordered),
    "an unknown field": Story(Code.BODY_INVALID, unknown_field),
    "an unknown field, badly signed": Story(
        Code.SIGNATURE_INVALID, lambda: replace(unknown_field(), signatures=(bytes(64),))
    ),
    "signed as another type": Story(Code.ENVELOPE_MALFORMED, other_type),
    "an unknown key": Story(Code.KEY_UNKNOWN, lambda: seal(SENT), replace(FACTS, key=None)),
    "facts about another key": Story(Code.KEY_UNKNOWN, lambda: seal(SENT), replace(FACTS, key=ROOT)),
    "a key of another party": Story(Code.KEY_OF_OTHER_PARTY, lambda: seal(replace(SENT, party="ID-JI", to="ID-JK"))),
    "a key of another use": Story(
        Code.KEY_MAY_NOT_SIGN, lambda: seal(SENT), replace(FACTS, key=replace(RECORD, use=Use.ROOT))
    ),
    "a key not yet valid": Story(Code.KEY_NOT_VALID_THEN, lambda: seal(SENT), days=-2),
    "a key no longer valid": Story(Code.KEY_NOT_VALID_THEN, lambda: seal(SENT), days=89),
    "a revoked key": Story(Code.KEY_REVOKED, lambda: seal(SENT), replace(FACTS, key=RECORD.revoked(REVOKED, 9))),
    "logged before": Story(Code.STATEMENT_KNOWN, lambda: seal(SENT), replace(FACTS, known=True)),
    "another log": Story(Code.OTHER_LOG, lambda: seal(replace(SENT, log="elsewhere"))),
    "another agreement": Story(Code.OTHER_AGREEMENT, lambda: seal(replace(SENT, agreement="0" * 64))),
    "a dropped statement": Story(Code.KEY_PREV_MISSING, lambda: seal(SENT), replace(FACTS, key_prev_signer=None)),
    "another key's statement": Story(
        Code.KEY_PREV_OF_OTHER_KEY, lambda: seal(SENT), replace(FACTS, key_prev_signer="HOST/host")
    ),
    "saw the future": Story(Code.SEEN_SIZE, lambda: seal(SENT), replace(FACTS, size=6)),
    "saw what was never published": Story(Code.SEEN_UNKNOWN, lambda: seal(SENT), replace(FACTS, seen_root=None)),
    "saw a fork": Story(Code.SEEN_FORKED, lambda: seal(SENT), replace(FACTS, seen_root="0" * 64)),
    "saw less than before": Story(Code.SEEN_FALLS, lambda: seal(SENT), replace(FACTS, seen_highest=8)),
    "a referral sent twice": Story(Code.REFERRAL_EXISTS, lambda: seal(SENT), replace(FACTS, referral_last="d" * 64)),
    "an act on no referral": Story(Code.REFERRAL_UNKNOWN, lambda: seal(WITHDRAWN)),
    "an act behind the times": Story(
        Code.REFERRAL_PREV_STALE, lambda: seal(WITHDRAWN), replace(FACTS, referral_last="e" * 64)
    ),
    "a second genesis": Story(
        Code.GENESIS_MISPLACED,
        lambda: seal(golden.genesis(AT), *(f"{party}/root" for party in golden.PROVINCES)),
    ),
    "no genesis at 0": Story(Code.GENESIS_INVALID, lambda: seal(SENT), replace(FACTS, size=0)),
    "a key without proof of possession": Story(Code.SIGNATURE_COUNT, lambda: seal(ADDED, "ID-JK/root"), ROOT_FACTS),
    "a key with another's proof": Story(
        Code.SIGNATURE_INVALID, lambda: seal(ADDED, "ID-JK/root", "ID-JK/root"), ROOT_FACTS
    ),
    "the new key before the root": Story(Code.SIGNATURE_INVALID, lambda: seal(ADDED, NEW, "ID-JK/root"), ROOT_FACTS),
    "a key for another party": Story(
        Code.KEY_OF_OTHER_PARTY,
        lambda: seal(replace(ADDED, name=golden.key_name("ID-JI")), "ID-JK/root", NEW),
        ROOT_FACTS,
    ),
    "a name taken": Story(
        Code.KEY_NAME_TAKEN, lambda: seal(ADDED, "ID-JK/root", NEW), replace(ROOT_FACTS, subject=RECORD)
    ),
    "a public key taken": Story(
        Code.KEY_PUBLIC_TAKEN, lambda: seal(ADDED, "ID-JK/root", NEW), replace(ROOT_FACTS, public_taken=True)
    ),
    "a system with a holder": Story(
        Code.BODY_INVALID, lambda: seal(replace(ADDED, holder="e" * 64), "ID-JK/root", NEW), ROOT_FACTS
    ),
    "an officer without holder": Story(
        Code.BODY_INVALID, lambda: seal(replace(ADDED, use="officer"), "ID-JK/root", NEW), ROOT_FACTS
    ),
    "an unknown key revoked": Story(Code.KEY_UNKNOWN, lambda: seal(REVOKED), ROOT_FACTS),
    "a key revoked twice": Story(
        Code.KEY_REVOKED, lambda: seal(REVOKED), replace(ROOT_FACTS, subject=RECORD.revoked(REVOKED, 9))
    ),
    "another party's key revoked": Story(
        Code.KEY_OF_OTHER_PARTY,
        lambda: seal(replace(REVOKED, name=golden.key_name("ID-JI"))),
        replace(ROOT_FACTS, subject=RECORD),
    ),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_a_statement_that_breaks_one_rule_is_refused_by_it(story: Story) -> None:
    with pytest.raises(Refused) as caught:
        admissions.admit(story.envelope(), story.facts, AT + timedelta(days=story.days))
    assert caught.value.code is story.code


def test_a_key_that_could_be_two_is_not_added() -> None:
    # No one can sign by it, but libsodium's verification must not be what that rests on.
    with pytest.raises(Refused):
        admissions.admit(seal(replace(ADDED, public=BAD_PUBLIC), "ID-JK/root", NEW), ROOT_FACTS, AT)
    with pytest.raises(Refused, match="V24"):
        keys.admitted(BAD_PUBLIC)


def test_a_wrong_claim_costs_time_and_lets_nothing_pass() -> None:
    good, bad = seal(SENT), seal(SENT, "ID-JK/root")
    for claimed in [{}, {NAME: ROOT.public}, {NAME: RECORD.public}]:
        assert admissions.judge(admissions.examine(good, claimed), FACTS, AT) == SENT
        with pytest.raises(Refused, match="SIGNATURE_INVALID"):
            admissions.judge(admissions.examine(bad, claimed), FACTS, AT)


@given(st.data())
def test_any_changed_byte_of_a_signed_body_is_refused(data: st.DataObject) -> None:
    envelope = seal(SENT)
    body = bytearray(envelope.payload)
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Refused):
        admissions.admit(replace(envelope, payload=bytes(body)), FACTS, AT)


# -- the genesis -----------------------------------------------------------------------------------------------------
GENESIS = golden.genesis(AT)
ROOTS = tuple(f"{party}/root" for party in golden.PROVINCES)
WITNESS = notes.VerifierKey(name="w", type=notes.COSIGNATURE, public=bytes(golden.key("witness").verify_key))


def test_a_genesis_is_judged_by_itself() -> None:
    envelope = seal(GENESIS, *ROOTS)
    facts = replace(FACTS, size=0, key=None)
    assert geneses.judge(envelope) == admissions.admit(envelope, facts, AT) == GENESIS
    assert geneses.log_key(GENESIS).name == golden.ORIGIN
    witnessed = replace(GENESIS, witnesses=(WITNESS.spell(),), quorum=1)
    assert geneses.judge(seal(witnessed, *ROOTS)) == witnessed
    for expected in [("elsewhere", None), (None, "0" * 64)]:
        with pytest.raises(Refused, match="V5"):
            geneses.judge(envelope, *expected)


def test_the_register_begins_with_the_genesis() -> None:
    register = registers.Register().added(registers.records(GENESIS, index=0, at=AT))
    assert len(register.keys) == len(golden.PROVINCES) + 1
    root, host = register.key("ID-JK/root"), register.key("HOST/host")
    assert root is not None
    assert host is not None
    assert (root.use, host.use, root.valid_from) == (Use.ROOT, Use.HOST, AT)
    assert register.key(None) is register.key("ID-XX/root") is None
    assert registers.uses(statements.Signer.FORUM) == (Use.ROOT,)
    assert registers.uses(statements.Signer.HOST) == (Use.HOST,)


def founder(number: int, **changed: str) -> AgreementAdopted:
    founders = list(GENESIS.parties)
    founders[number] = replace(founders[number], **changed)
    return replace(GENESIS, parties=tuple(founders))


LOG = notes.VerifierKey(name=golden.ORIGIN, type=notes.LOG_KEY, public=bytes(golden.key("log").verify_key))
GENESES: dict[str, tuple[Code, AgreementAdopted]] = {
    "a link": (Code.GENESIS_INVALID, replace(GENESIS, key_prev="a" * 64)),
    "a view": (Code.GENESIS_INVALID, replace(GENESIS, seen=Seen(size=1, root="a" * 64))),
    "parties out of order": (Code.GENESIS_INVALID, replace(GENESIS, parties=GENESIS.parties[::-1])),
    "a quorum of nobody": (Code.GENESIS_INVALID, replace(GENESIS, quorum=1)),
    "a log key of another name": (
        Code.GENESIS_INVALID,
        replace(GENESIS, log_vkey=replace(LOG, name="elsewhere").spell()),
    ),
    "a log key that cosigns": (
        Code.GENESIS_INVALID,
        replace(GENESIS, log_vkey=replace(LOG, type=notes.COSIGNATURE).spell()),
    ),
    "a log key of another id": (Code.GENESIS_INVALID, replace(GENESIS, log_vkey=f"x+00000000+{'A' * 44}")),
    "a witness that logs": (Code.GENESIS_INVALID, replace(GENESIS, witnesses=(replace(LOG, name="w").spell(),))),
    "a host key that is a root": (Code.KEY_PUBLIC_TAKEN, replace(GENESIS, host_key=GENESIS.parties[0].root_key)),
    "a log key that is the host's": (
        Code.KEY_PUBLIC_TAKEN,
        replace(GENESIS, host_key=golden.public("log")),
    ),
    "an unsafe host key": (Code.KEY_UNSAFE, replace(GENESIS, host_key=BAD_PUBLIC)),
}


@pytest.mark.parametrize(("code", "genesis"), GENESES.values(), ids=GENESES.keys())
def test_a_genesis_that_breaks_one_rule_is_refused_by_it(code: Code, genesis: AgreementAdopted) -> None:
    signers = [f"{each.party}/root" for each in genesis.parties]
    with pytest.raises(Refused) as caught:
        geneses.judge(seal(genesis, *signers))
    assert caught.value.code is code


def test_every_founder_signs_the_genesis_in_order() -> None:
    for signers in [ROOTS[:-1], ROOTS[::-1], (*ROOTS[:-1], "HOST/host")]:
        with pytest.raises(Refused, match="V1"):
            geneses.judge(seal(GENESIS, *signers))
    with pytest.raises(Refused, match="V1"):
        geneses.judge(seal(founder(0, root_key=BAD_PUBLIC), *ROOTS))
    other = envelopes.seal("application/json", statements.encode(GENESIS), [golden.key(root) for root in ROOTS])
    with pytest.raises(Refused, match="V14"):
        geneses.judge(other)


def test_the_anchor_is_of_the_leaf_not_its_hash() -> None:
    leaf = golden.founded().leaves[0]
    assert entries.anchor(leaf) == hashlib.sha256(leaf).hexdigest()


def test_a_body_of_odd_fields_asks_for_nothing() -> None:
    odd: dict[str, JSON] = {"kind": 5, "key": None, "seen": {"size": -1}, "referral": []}
    question = admissions.ask(raw(canonical.encode(odd)))
    assert (question.kind, question.key, question.seen_size, question.referral) == (None, None, None, None)
