"""A log in which every sort of result hangs on an outage that the host told, and pauses lie beside all of them."""

from datetime import timedelta

from tests.ledger import golden
from tests.ledger.golden import Log, owed, referral

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ACKNOWLEDGE, DECIDE = "referral.acknowledge", "referral.decide"


def down(log: Log, length: timedelta) -> None:
    """The host is silent from the last entry on."""
    log.out(log.at, log.at + length, after=length)


def everything() -> Log:
    """Published, and without a finding."""
    log = golden.founded()
    sent = [log.send("ID-JK", "ID-JI", referral(number)) for number in range(9)]
    acknowledge, decide = (
        [owed(kind, each, referral(n)) for n, each in enumerate(sent)] for kind in (ACKNOWLEDGE, DECIDE)
    )
    # 0: a pause, an outage that touches it, and one that lies in the next pause as a whole
    first = log.offer_pause("ID-JI", acknowledge[0])
    log.agree_pause("ID-JK", acknowledge[0], first)
    log.resume("ID-JI", acknowledge[0], first, after=2 * HOUR)
    down(log, 3 * HOUR)
    second = log.offer_pause("ID-JI", acknowledge[0])
    log.agree_pause("ID-JK", acknowledge[0], second)
    down(log, HOUR)
    down(log, HOUR)
    log.at -= MINUTE  # in the same second as the outage's end
    log.resume("ID-JK", acknowledge[0], second)
    third = log.offer_pause("ID-JI", decide[8])  # ended by what ends the obligation
    log.agree_pause("ID-JK", decide[8], third)
    log.decline("ID-JI", referral(8))
    # Over without the outages, and not with them: acknowledged, taken back, waived, paused, resumed, waived in a pause.
    log.at += 20 * HOUR
    log.acknowledge("ID-JI", referral(1))
    log.withdraw("ID-JK", referral(2))
    log.agree_waiver("ID-JK", acknowledge[3], log.offer_waiver("ID-JI", acknowledge[3]))
    for number in (4, 5, 6):
        offer = log.offer_pause("ID-JI", acknowledge[number])
        log.agree_pause("ID-JK", acknowledge[number], offer)
        if number == 5:
            log.resume("ID-JI", acknowledge[number], offer, after=HOUR)
        if number == 6:
            log.agree_waiver("ID-JK", acknowledge[number], log.offer_waiver("ID-JI", acknowledge[number]))
    # Waived in time with or without outages, in a pause and out of it
    offer = log.offer_pause("ID-JI", decide[6])
    log.agree_pause("ID-JK", decide[6], offer)
    log.agree_waiver("ID-JK", decide[6], log.offer_waiver("ID-JI", decide[6]))
    log.agree_waiver("ID-JK", decide[7], log.offer_waiver("ID-JI", decide[7]))
    log.publish()
    return log


def seen_in_some() -> Log:
    """Five outages of a log with witnesses: no quorum yet; seen before; in its midst; in each of two; and not again."""
    log = golden.watched()
    bare = b"".join(log.shelf.files["checkpoint"].splitlines(keepends=True)[:5])
    log.shelf.files |= {"checkpoint": bare, f"checkpoints/{len(log.leaves)}": bare}
    log.cosign(golden.WITNESSES[0])
    down(log, HOUR)
    log.publish()
    log.cosign(*golden.WITNESSES[:2])
    down(log, HOUR)
    log.publish()
    begin = log.at
    log.cosign(*golden.WITNESSES[1:], at=begin + HOUR / 2)
    down(log, HOUR)
    log.publish()
    log.cosign(golden.WITNESSES[0], at=log.at + HOUR / 2)
    log.cosign(golden.WITNESSES[2], at=log.at + 2 * HOUR / 3)
    down(log, HOUR)
    log.publish()
    log.cosign(golden.WITNESSES[0])
    log.cosign(*golden.WITNESSES, at=log.at + MINUTE)
    down(log, HOUR)
    log.publish()
    log.cosign(*golden.WITNESSES)
    return log
