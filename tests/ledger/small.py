"""Golden logs that are kept as files: `small`, with witnesses, and `long`, of more than one tile.

Promise: the same bytes each time; both are clean.
Elsewhere: `legal`, with every kind of statement, `tests.ledger.golden`; writing them down, `tests.ledger.assets`.
"""

import base64
import hashlib
from dataclasses import replace
from datetime import datetime

from ledger import notes
from ledger.notes import VerifierKey
from ledger.statements import AgreementAdopted, Founder
from tests.ledger import golden
from tests.ledger.golden import Log, key, public, referral

FOUNDERS = ("ID-BA", "ID-JI", "ID-JK")
WITNESSES = tuple(f"witness.estafet.invalid/{number}" for number in range(3))
PAPER = hashlib.sha256(b"paper").hexdigest()


def witness(name: str) -> VerifierKey:
    """A witness's key, of the type that cosigns."""
    return VerifierKey(name=name, type=notes.COSIGNATURE, public=bytes(key(name).verify_key))


def founding(at: datetime) -> AgreementAdopted:
    """Three founders, three witnesses, two of which are a quorum."""
    return replace(
        golden.genesis(at),
        parties=tuple(Founder(party=party, root_key=public(f"{party}/root")) for party in FOUNDERS),
        witnesses=tuple(witness(name).spell() for name in WITNESSES),
        quorum=2,
    )


def cosigned(note: bytes, at: datetime) -> bytes:
    """The note with a cosignature of each witness, some seconds apart (C2SP tlog-cosignature, cosignature/v1)."""
    text = note.decode().partition("\n\n")[0] + "\n"
    for number, name in enumerate(WITNESSES):
        time = int(at.timestamp()) + 2 + number
        made = key(name).sign(f"cosignature/v1\ntime {time}\n{text}".encode()).signature
        told = witness(name).id + time.to_bytes(8, "big") + made
        note += f"\u2014 {name} {base64.b64encode(told).decode()}\n".encode()
    return note


def publish(log: Log) -> None:
    """Published, and cosigned by all witnesses."""
    size = log.publish().size
    note = cosigned(log.shelf.files["checkpoint"], log.at)
    log.shelf.files |= {"checkpoint": note, f"checkpoints/{size}": note}


def small() -> Log:
    """Twelve entries: the genesis, two keys, a handover with its paper; published three times."""
    log = Log()
    log.say(founding(log.at), *(f"{party}/root" for party in FOUNDERS))
    log.add_key("ID-JK")
    log.add_key("ID-JI")
    publish(log)
    which = referral(1)
    log.send("ID-JK", "ID-JI", which)
    log.acknowledge("ID-JI", which)
    log.accept("ID-JI", which)
    log.certify("ID-JK", which)
    release = log.release("ID-JK", "ID-JI", which)
    publish(log)
    receipt = log.receive("ID-JI", which, release, agrees=False)
    log.record("ID-JI", which, receipt, PAPER)
    log.record("ID-JK", which, receipt, PAPER)
    log.answer("ID-JK", which, receipt)
    publish(log)
    return log


def long() -> Log:
    """258 entries: one full tile, and two more; the partial files of 250 are gone."""
    log = Log()
    log.say(replace(founding(log.at), witnesses=(), quorum=0), *(f"{party}/root" for party in FOUNDERS))
    log.add_key("ID-JK")
    for size in (250, 258):
        while len(log.leaves) < size:
            log.send("ID-JK", "ID-JI", referral(len(log.leaves)))
            log.withdraw("ID-JK", referral(len(log.leaves) - 1))
        log.publish()
    for path in ("tile/entries/000.p/250", "tile/0/000.p/250"):
        del log.shelf.files[path]
    return log
