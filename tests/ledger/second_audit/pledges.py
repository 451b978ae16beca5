"""Receipts and refusals that were shown: F18 and V23."""

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from tests.ledger.second_audit import copies, histories
from tests.ledger.second_audit.bodies import Body
from tests.ledger.second_audit.copies import Envelope, Tell
from tests.ledger.second_audit.histories import History
from tests.ledger.second_audit.texts import FORMAT, Broken, Wrong, instant, parsed, section

TYPE = "application/vnd.estafet.{}.v1+json"
WORDS = re.findall(r"(?m)^\| `([A-Z_]+)` \|", section("F18", "F19"))
RULES = re.findall(r"(?m)^- \*\*(V[0-9]+)\*\*", FORMAT)


def hold(shown: Iterable[dict[str, Any]], genesis: Body | None, history: History, tell: Tell) -> None:
    newer: dict[Any, Body] = {}
    for told in shown:
        envelope = copies.envelope(told)
        kind = "refusal" if genesis is not None and envelope.type == TYPE.format("refusal") else "receipt"
        try:
            if genesis is None:
                raise Broken("no host's key")
            said = _read(envelope, genesis, history, kind)
        except (Broken, Wrong):
            tell(None, "V23", f"{kind.upper()}_INVALID")
            continue
        if kind == "receipt":
            _receipt(said, history, newer, tell)
        else:
            stands = history.ids.get(said["statement"])
            if stands is not None and history.times[stands] < instant(said["at"]):
                tell(stands, "V23", "REFUSAL_FALSE")


def _receipt(receipt: Body, history: History, newer: dict[Any, Body], tell: Tell) -> None:
    index, at, stands = receipt["index"], instant(receipt["at"]), history.ids.get(receipt["statement"])
    if index < len(history.hashes):
        kept = (stands, history.times[index], history.hashes[index].hex()) == (index, at, receipt["leaf"])
    else:
        kept = stands is None and at >= history.times[-1]
        if kept:
            others = [newer.setdefault(name, receipt) for name in (index, receipt["statement"])]
            kept = all(other == receipt for other in others)
    if not kept:
        tell(index, "V23", "RECEIPT_UNKEPT")


def _signed_until(envelope: Envelope, history: History) -> int | None:
    """The last entry that the host's key which signed this signs for (V23, F22); None: there is no end yet."""
    ends = [*(brought for brought, _ in history.hosts[1:]), None]
    for (_, public), end in zip(history.hosts, ends, strict=True):
        with suppress(Wrong):
            histories.verify(envelope, [public])
            return end
    raise Broken("signed by no key of the host's")


def _read(envelope: Envelope, genesis: Body, history: History, kind: str) -> Body:
    if envelope.type != TYPE.format(kind):
        raise Broken("another type")
    until = _signed_until(envelope, history)
    body = parsed(envelope.payload)
    names = {"v", "log", "statement", "at"} | ({"index", "leaf"} if kind == "receipt" else {"rule"})
    if not isinstance(body, dict) or set(body) != names or body["log"] != genesis["log"]:
        raise Broken("not these fields, or of another log")
    if any(not _is_hash(body[name]) for name in {"statement", "leaf"} & names):
        raise Broken("not a hash")
    numbers = [body[name] for name in ("v", "index") if name in names]
    if any(not isinstance(each, int) or isinstance(each, bool) or each < 0 for each in numbers) or body["v"] != 1:
        raise Broken("not these numbers")
    if "index" in names and until is not None and body["index"] > until:
        raise Broken("signed for a later entry than that key may")
    if "rule" in names and body["rule"] not in (*RULES, *WORDS):
        raise Broken("not a rule")
    instant(body["at"])
    found: Body = body
    return found


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None
