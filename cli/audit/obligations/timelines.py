"""The timeline: in which months terms passed unmet, as bars.

Promise: a bar is as high as its count; where the count is not shown, the bar is hatched, of one height for all, and its
sign is written on it.
Elsewhere: what is shown, `cli.audit.obligations.suppression`.
"""

from typing import Final

from cli.audit.obligations.figures import Published
from cli.audit.obligations.languages import Language
from cli.audit.obligations.markup import Markup, tag
from cli.audit.obligations.suppression import Shown

HEIGHT: Final = 180  # of the tallest bar
TOP, BOTTOM, SIDE = 26, 44, 12
UNTOLD: Final = 22  # the height of a bar whose count is not shown
STEPS: Final = ((12, 56), (24, 34), (42, 22))  # up to so many months, one is so wide


def timeline(published: Published, language: Language) -> Markup:
    """The bars, month after month."""
    months = published.months
    step = next((wide for most, wide in STEPS if len(months) <= most), 14)
    width, height = 2 * SIDE + step * len(months), TOP + HEIGHT + BOTTOM
    tallest = max((published.month(month).exact or 0 for month in months), default=0)
    parts: list[Markup] = []
    for number, month in enumerate(months):
        parts += bar(published.month(month), month, SIDE + number * step, step, tallest, language)
        parts += label(month, number, SIDE + number * step, step, language)
    base = TOP + HEIGHT
    parts.append(tag("line", x1=SIDE, y1=base, x2=width - SIDE, y2=base, class_="base"))
    return tag(
        "svg",
        tag("title", language.say("time")),
        *parts,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        aria_label=f"{language.say('time')}. {language.say('as_table')}.",
        class_="time",
    )


def bar(shown: Shown, month: str, left: int, step: int, tallest: int, language: Language) -> list[Markup]:
    """One month."""
    if shown.exact == 0:
        return []
    told = shown.exact is not None
    high = round(HEIGHT * shown.exact / tallest) if shown.exact is not None else UNTOLD
    title = tag("title", f"{language.month(month)}: {language.count(shown)}")
    kind = "bar" if told else "bar untold"
    wide, top = max(step - 6, 6), TOP + HEIGHT - high
    made = [tag("rect", title, x=left + (step - wide) // 2, y=top, width=wide, height=high, class_=kind)]
    if step >= 22 or not told:
        made.append(tag("text", language.count(shown), x=left + step // 2, y=top - 6, text_anchor="middle"))
    return made


def label(month: str, number: int, left: int, step: int, language: Language) -> list[Markup]:
    """The month's name under its bar, and the year where it begins."""
    base, middle = TOP + HEIGHT, left + step // 2
    year, told = month[:4], []
    if step >= 30 or int(month[5:]) in (1, 4, 7, 10):
        told.append(tag("text", language.month_short(month), x=middle, y=base + 17, text_anchor="middle"))
    if number == 0 or month.endswith("-01"):
        told.append(tag("text", year, x=middle, y=base + 36, text_anchor="middle", class_="year"))
    return told


def table(published: Published, language: Language) -> Markup:
    """The same as a table."""
    head = tag("tr", *(tag("th", language.say(name), scope="col") for name in ("month", "breaches")))
    rows = [
        tag("tr", tag("th", language.month(month), scope="row"), tag("td", language.cell(published.month(month))))
        for month in published.months
    ]
    return tag("table", tag("thead", head), tag("tbody", *rows), class_="numbers")
