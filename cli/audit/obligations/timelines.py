"""The timeline: in which months terms passed unmet, as bars.

Promise: a bar is as high as its count; where the count is not shown, the bar is hatched, of one height for all, and its
sign is written on it.
Elsewhere: what is shown, `cli.audit.obligations.suppression`.
"""

from dataclasses import dataclass
from typing import Final

from cli.audit.obligations.figures import Published
from cli.audit.obligations.languages import Language
from cli.audit.obligations.markup import Markup, tag
from cli.audit.obligations.suppression import Shown

HEIGHT: Final = 180  # of the tallest bar
TOP, BOTTOM, SIDE = 26, 44, 12
UNTOLD: Final = 22  # the height of a bar whose count is not shown
STEPS: Final = ((12, 56), (24, 34), (42, 22))  # up to so many months, one is so wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How wide a month is, and how high a bar may be."""

    step: int
    tallest: int  # count; 0: no count is shown
    language: Language

    @property
    def base(self) -> int:
        """The line on which bars stand."""
        return TOP + (HEIGHT if self.tallest else UNTOLD)


def timeline(published: Published, language: Language) -> Markup:
    """The bars, month after month."""
    months = published.months
    step = next((wide for most, wide in STEPS if len(months) <= most), 14)
    tallest = max((published.month(month).exact or 0 for month in months), default=0)
    frame = Frame(step=step, tallest=tallest, language=language)
    width, height = 2 * SIDE + step * len(months), frame.base + BOTTOM
    parts: list[Markup] = []
    for number, month in enumerate(months):
        parts += bar(frame, published.month(month), month, SIDE + number * step)
        parts += label(frame, month, number, SIDE + number * step)
    parts.append(tag("line", x1=SIDE, y1=frame.base, x2=width - SIDE, y2=frame.base, class_="base"))
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


def bar(frame: Frame, shown: Shown, month: str, left: int) -> list[Markup]:
    """One month."""
    if shown.exact == 0:
        return []
    high = UNTOLD if shown.exact is None else round(HEIGHT * shown.exact / frame.tallest)
    kind = "bar untold" if shown.exact is None else "bar"
    count = frame.language.count(shown)
    wide, top = max(frame.step - 6, 6), frame.base - high
    title = tag("title", f"{frame.language.month(month)}: {count}")
    x = left + (frame.step - wide) // 2
    made = [tag("rect", title, x=x, y=top, width=wide, height=high, class_=kind)]
    if frame.step >= 22 or shown.exact is None:
        made.append(tag("text", count, x=left + frame.step // 2, y=top - 6, text_anchor="middle"))
    return made


def label(frame: Frame, month: str, number: int, left: int) -> list[Markup]:
    """The month's name under its bar, and the year where it begins."""
    middle, told = left + frame.step // 2, []
    if frame.step >= 30 or int(month[5:]) in (1, 4, 7, 10):
        name = frame.language.month_short(month)
        told.append(tag("text", name, x=middle, y=frame.base + 17, text_anchor="middle"))
    if number == 0 or month.endswith("-01"):
        told.append(tag("text", month[:4], x=middle, y=frame.base + 36, text_anchor="middle", class_="year"))
    return told


def table(published: Published, language: Language) -> Markup:
    """The same as a table."""
    head = tag("tr", *(tag("th", language.say(name), scope="col") for name in ("month", "breaches")))
    rows = [
        tag("tr", tag("th", language.month(month), scope="row"), tag("td", language.cell(published.month(month))))
        for month in published.months
    ]
    return tag("table", tag("thead", head), tag("tbody", *rows), class_="numbers")
