"""What rests on the host's word alone: the outages that it told, and what would be late without them.

Promise: the page never shows a result that only the host has made as if both provinces had made it.
Rules: clocks that an outage stopped are told in steps of five: two outages of one day, subtracted from each other,
would else tell of the one referral between them.
Elsewhere: what is shown, `cli.audit.obligations.figures`; what would be without the host's word, `ledger.reliances`.
"""

from collections.abc import Sequence
from datetime import timedelta

from cli.audit.obligations.figures import SPARED, Published, listed
from cli.audit.obligations.languages import Language
from cli.audit.obligations.markup import Markup, tag
from ledger.dockets import Outage


def lead(outages: Sequence[Outage], language: Language) -> Markup:
    """How many there were, and whose word that is."""
    length = sum((each.span.length for each in outages), timedelta(0))
    count = language.number(len(outages))
    return tag("p", language.say("outages_lead", count=count, length=language.lasting(length)))


def spared(published: Published, language: Language) -> Markup:
    """What would be late without them."""
    parts = []
    for outcome in SPARED:
        name = f"spared {outcome}"
        parts.append(tag("dt", tag("b", language.cell(published.spared(outcome))), language.say(name)))
        parts.append(tag("dd", language.say(f"{name} note")))
    return tag("dl", *parts, class_="apart")


def table(outages: Sequence[Outage], published: Published, language: Language, offset: timedelta) -> Markup:
    """Those that are listed: from when until when, by which entry, and how many clocks stood."""
    columns = ("outage_from", "outage_until", "outage_entry", "outage_stopped")
    head = tag("tr", *(tag("th", language.say(name), scope="col") for name in columns))
    rows = [
        tag(
            "tr",
            tag("th", language.instant(each.span.from_, offset), scope="row"),
            tag("td", language.instant(each.span.until, offset)),
            tag("td", language.number(each.index)),
            tag("td", language.step(published.outage(each))),
        )
        for each in listed(outages)
    ]
    return tag("table", tag("thead", head), tag("tbody", *rows), class_="numbers outages")


def more(outages: Sequence[Outage], language: Language) -> Markup | None:
    """How many are not listed."""
    left = len(outages) - len(listed(outages))
    return tag("p", language.say("outages_more", more=language.number(left))) if left else None
