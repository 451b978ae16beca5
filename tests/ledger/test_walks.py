"""A host publishes what it likes, and is found out by what the provinces signed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ledger import canonical, entries, envelopes, statements, trees, verifier
from ledger.rules import Code
from ledger.statements import KeyAdded, ReferralSent
from tests.ledger import golden
from tests.ledger.golden import Log, referral
from tests.ledger.spoiled import LEGAL, SIZE, codes, kept, published, rewritten


def test_an_entry_dropped_by_the_host_is_proved_by_the_next_one_of_its_key() -> None:
    number = next(
        number for number, leaf in enumerate(LEGAL.leaves) if b"referral.sent" in entries.parse(leaf).envelope.payload
    )
    report = rewritten(number)
    dropped = {found.code for found in report.findings}
    assert dropped & {Code.KEY_PREV_MISSING, Code.REFERRAL_UNKNOWN, Code.REFERRAL_PREV_STALE}
    assert report.findings[0].index == number


def test_a_history_rewritten_behind_a_view_is_proved_by_the_view() -> None:
    report = rewritten(3)  # a key that never signs: nothing but the views of others misses it
    assert Code.SEEN_FORKED in {found.code for found in report.findings}


def test_a_back_dated_entry_is_named() -> None:
    def write(log: Log) -> None:
        log.send("ID-JK", "ID-JI", referral(50))
        log.at -= timedelta(days=3)
        log.acknowledge("ID-JI", referral(50))

    assert codes(published(write)) == [(SIZE + 1, Code.AT_FALLS)]


def test_an_act_stamped_with_an_earlier_hour_than_its_signers_is_named() -> None:
    """What was late would look timely: the signer's own time, signed with the act, tells."""

    def write(ahead: timedelta) -> Callable[[Log], object]:
        def stamped(log: Log) -> None:
            log.send("ID-JK", "ID-JI", referral(50))
            act = statements.ReferralAcknowledged(**log.act("ID-JI", referral(50)), sealed=golden.sealed("reason"))
            log.say(replace(act, claimed_at=log.at + timedelta(minutes=1) + ahead))

        return stamped

    assert codes(published(write(timedelta(minutes=5)))) == []
    found = published(write(timedelta(minutes=5, seconds=1)))
    assert codes(found) == [(SIZE + 1, Code.CLAIMED_LATER)]
    first = datetime(1, 1, 1, tzinfo=UTC)  # before which there is no instant that could be computed
    assert codes(published(write(first - LEGAL.at - timedelta(minutes=2)))) == []


def test_an_entry_signed_anew_by_the_host_is_named() -> None:
    def write(log: Log) -> None:
        statement = statements.parse(entries.parse(log.leaves[20]).envelope.payload)
        log.say(replace(statement, claimed_at=log.at), "HOST/host")

    found = published(write).findings
    assert [(each.index, each.code) for each in found] == [(SIZE, Code.SIGNATURE_INVALID)]


def test_a_statement_logged_twice_is_named() -> None:
    report = published(lambda log: log.enter(entries.parse(log.leaves[20]).envelope))
    assert codes(report) == [(SIZE, Code.STATEMENT_KNOWN)]


def test_a_second_genesis_is_named() -> None:
    assert codes(published(lambda log: log.adopt())) == [(SIZE, Code.GENESIS_MISPLACED)]


def test_a_second_genesis_is_not_counted_for_the_key_that_it_names() -> None:
    """It is refused before any signature is looked at: nobody has vouched for that name."""
    log, name = LEGAL.copy(), golden.key_name("ID-JK")
    body = canonical.encode({"kind": "agreement.adopted", "key": name})
    log.enter(envelopes.seal(statements.payload_type("agreement.adopted"), body, [golden.key("HOST/host")]))
    log.publish()
    report = verifier.verify(log.shelf)
    assert codes(report) == [(SIZE, Code.GENESIS_MISPLACED)]
    assert report.signed[name] == verifier.verify(LEGAL.shelf).signed[name]


def test_a_log_that_does_not_begin_with_a_genesis_has_no_keys() -> None:
    log = Log()
    log.add_key("ID-JK")
    log.publish()
    report = verifier.verify(log.shelf)
    assert codes(report) == [(0, Code.GENESIS_INVALID), (0, Code.GENESIS_INVALID)]


def test_a_wrong_number_and_a_wrong_link_are_named() -> None:
    def write(log: Log) -> None:
        log.send("ID-JK", "ID-JI", referral(50))
        log.leaves[-1] = log.leaves[-1].replace(b'"index":%d' % SIZE, b'"index":%d' % (SIZE + 5))
        log.send("ID-JK", "ID-JI", referral(51))
        prev = trees.leaf_hash(log.leaves[-2]).hex().encode()
        log.leaves[-1] = log.leaves[-1].replace(prev, b"0" * 64)
        log.send("ID-JK", "ID-JI", referral(52))

    assert codes(published(write)) == [(SIZE, Code.INDEX_WRONG), (SIZE + 1, Code.CHAIN_BROKEN)]


def test_an_unreadable_leaf_explains_what_links_to_it_and_no_more() -> None:
    log = LEGAL.copy()
    log.send("ID-JK", "ID-JI", referral(50))
    log.leaves[-1] = b"{}"
    log.decline("ID-JI", referral(50))
    log.send("ID-JK", "ID-JI", referral(51))
    log.last_of_key[golden.key_name("ID-JK")] = "9" * 64
    log.send("ID-JK", "ID-JI", referral(52))
    log.publish()
    assert codes(verifier.verify(log.shelf)) == [(SIZE, Code.LEAF_MALFORMED), (SIZE + 3, Code.KEY_PREV_MISSING)]


def test_a_lost_key_is_not_held_against_all_that_it_signed() -> None:
    def write(log: Log) -> None:
        name = golden.key_name("ID-JK", 7)
        log.add_key("ID-JK", 7)
        log.leaves[-1] = b"{}"
        for number in (50, 51):
            log.send("ID-JK", "ID-JI", referral(number), lambda sent: replace(sent, key=name, key_prev=None))

    report = published(write)
    assert codes(report) == [(SIZE, Code.LEAF_MALFORMED)]
    assert report.unjudged == 2


def test_a_key_never_added_is_named_each_time() -> None:
    def write(log: Log) -> None:
        name = golden.key_name("ID-JK", 8)
        for number in (50, 51):
            log.send("ID-JK", "ID-JI", referral(number), lambda sent: replace(sent, key=name, key_prev=None))

    assert codes(published(write)) == [(SIZE, Code.KEY_UNKNOWN), (SIZE + 1, Code.KEY_UNKNOWN)]


def test_an_illegal_act_is_named_and_the_referral_not_judged_further() -> None:
    def write(log: Log) -> None:
        log.send("ID-JK", "ID-JI", referral(50))
        log.accept("ID-JK", referral(50))
        log.decline("ID-JI", referral(50))
        log.withdraw("ID-JK", referral(50))

    assert codes(published(write)) == [(SIZE + 1, Code.ACT_ILLEGAL)]


def test_a_notice_of_expiry_before_its_time_is_a_false_notice() -> None:
    def write(log: Log) -> None:
        log.send("ID-JK", "ID-JI", referral(50))
        log.expire(referral(50), timedelta(days=1))

    report = published(write)
    assert codes(report) == [(SIZE + 1, Code.NOTICE_FALSE)]
    assert report.findings[0].rule == "V17"


def test_an_act_on_a_stale_state_is_named_and_what_follows_links_on() -> None:
    def write(log: Log) -> None:
        log.send("ID-JK", "ID-JI", referral(50))
        first = log.last_of_referral[referral(50)]
        log.acknowledge("ID-JI", referral(50))
        log.last_of_referral[referral(50)] = first
        log.accept("ID-JI", referral(50))
        log.certify("ID-JK", referral(50))

    assert codes(published(write)) == [(SIZE + 2, Code.REFERRAL_PREV_STALE)]


def test_a_statement_of_a_genesis_as_key_prev_is_not_of_the_same_key() -> None:
    def write(log: Log) -> None:
        log.last_of_key[golden.key_name("ID-JK")] = log.ids[0]
        log.send("ID-JK", "ID-JI", referral(50))

    assert codes(published(write)) == [(SIZE, Code.KEY_PREV_OF_OTHER_KEY)]


def test_a_key_prev_of_another_key_is_named() -> None:
    def write(log: Log) -> None:
        log.last_of_key[golden.key_name("ID-JK")] = log.last_of_key[golden.key_name("ID-JI")]
        log.send("ID-JK", "ID-JI", referral(50))

    assert codes(published(write)) == [(SIZE, Code.KEY_PREV_OF_OTHER_KEY)]


def test_a_falling_view_is_named() -> None:
    def write(log: Log) -> None:
        log.send("ID-JK", "ID-JI", referral(50))
        first = statements.Seen(size=1, root=trees.leaf_hash(log.leaves[0]).hex())
        log.send("ID-JK", "ID-JI", referral(51), lambda sent: replace(sent, seen=first))

    assert codes(published(write)) == [(SIZE + 1, Code.SEEN_FALLS)]


def test_what_a_revoked_key_signs_is_void_and_what_it_signed_is_disputed() -> None:
    log = LEGAL.copy()
    since = log.at
    log.send("ID-JK", "ID-JI", referral(50))
    log.withdraw("ID-JK", referral(50))
    log.revoke_key("ID-JK", since + timedelta(minutes=1))
    log.send("ID-JK", "ID-JI", referral(51))
    log.publish()
    report = verifier.verify(log.shelf)
    assert codes(report) == [(SIZE + 3, Code.KEY_REVOKED)]
    assert [each.index for each in report.disputed] == [SIZE, SIZE + 1]
    assert {each.revoked_by for each in report.disputed} == {SIZE + 2}


def test_a_revoked_key_that_never_signed_disputes_nothing() -> None:
    log = LEGAL.copy()
    log.add_key("ID-JK", 5)
    log.revoke_key("ID-JK", golden.START, 5)
    log.publish()
    report = verifier.verify(log.shelf)
    assert (report.findings, report.disputed) == ((), ())


def test_keys_are_claimed_by_entries_and_believed_by_the_register_only() -> None:
    name = golden.key_name("ID-JK")

    def take_over(added: KeyAdded) -> KeyAdded:
        return replace(added, name=name, public=golden.public("thief"))

    def write(log: Log) -> None:
        statement = take_over(
            KeyAdded(
                **log.common("ID-JK", "ID-JK/root"),
                name=name,
                public="",
                use="system",
                from_=golden.START,
                until=None,
                holder=None,
            )
        )
        log.say(statement, "ID-JK/root", "thief")
        log.send("ID-JK", "ID-JI", referral(50))
        sent = ReferralSent(
            **log.common("ID-JK", name),
            referral=referral(51),
            to="ID-JI",
            term_acknowledge="PT24H",
            term_decide="P3WD",
            sealed=golden.sealed("age_band", "case", "category", "risk", "sex", "vulnerability"),
        )
        log.say(sent, "thief")

    assert codes(published(write)) == [(SIZE, Code.KEY_NAME_TAKEN), (SIZE + 2, Code.SIGNATURE_INVALID)]


def test_a_body_of_odd_fields_is_judged_all_the_same() -> None:
    def write(log: Log) -> None:
        statement = statements.KeyRevoked(
            **log.common("ID-JK", "ID-JK/root"), name=golden.key_name("ID-JK"), since_claimed=log.at
        )
        body = canonical.decode(statements.encode(statement))
        assert isinstance(body, dict)
        odd = canonical.encode({**body, "public": "zz", "key_prev": "Z" * 64})
        log.enter(envelopes.seal(statements.payload_type(statement.KIND), odd, [golden.key("ID-JK/root")]))

    assert codes(published(write)) == [(SIZE, Code.BODY_INVALID)]


def test_an_altered_time_of_entry_0_does_not_take_the_keys_away() -> None:
    report = kept(lambda leaves: [leaves[0].replace(b'"at":"2026', b'"at":"2036'), *leaves[1:]])
    assert codes(report) == [(0, Code.ENTRY_ALTERED)]
