"""The flow picture: bands from the provinces that hand over, left, to those that receive, right.

Promise: a band is as thick as its count; a count that is not shown is a dashed line, of one thickness for all, so that
the picture tells no more than the table beside it.
Rules: the height of a province is the sum of its bands as they are drawn, never a count that is kept back.
Elsewhere: what is shown, `cli.audit.obligations.suppression`.
"""

from dataclasses import dataclass, field
from typing import Final

from cli.audit.obligations.figures import ALL, Published
from cli.audit.obligations.languages import Language
from cli.audit.obligations.markup import Markup, tag
from cli.audit.obligations.suppression import Shown

WIDTH, LEFT, NODE = 530, 175, 9  # of the picture, of the names on either side, of a province's bar
BANDS: Final = 330  # the height of all bands together
GAP, LEAST, LINE = 12, 22, 2  # between provinces; of a province; of a dashed line
HUES: Final = 5
WIDEST: Final = 4.0  # units for each person, where there are few


@dataclass(slots=True)
class Node:
    """A province on one side."""

    party: str
    top: float = 0
    tall: float = 0
    used: float = field(default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Where everything stands."""

    published: Published
    scale: float  # units for each person
    left: dict[str, Node]
    right: dict[str, Node]
    height: float

    def thick(self, shown: Shown) -> float:
        """A band's thickness."""
        return LINE if shown.exact is None else max(shown.exact * self.scale, 1.0)


def laid_out(published: Published) -> Picture:
    """Provinces under each other, those without any band left out."""
    drawn = [(one, other) for one in published.parties for other in published.parties if there(published, one, other)]
    exact = sum(published.flow(one, other).exact or 0 for one, other in drawn)
    picture = Picture(
        published=published, scale=min(BANDS / exact, WIDEST) if exact else 0, left={}, right={}, height=0
    )
    for one, other in drawn:
        for side, party in ((picture.left, one), (picture.right, other)):
            node = side.setdefault(party, Node(party))
            node.tall += picture.thick(published.flow(one, other))
    heights = []
    for side in (picture.left, picture.right):
        y = float(GAP)
        for party in published.parties:
            if (place := side.get(party)) is not None:
                place.top = y
                y += max(place.tall, LEAST) + GAP
        heights.append(y)
    return Picture(
        published=published, scale=picture.scale, left=picture.left, right=picture.right, height=max(heights)
    )


def there(published: Published, sender: str, receiver: str) -> bool:
    """Whether anybody went that way."""
    return published.flow(sender, receiver).exact != 0


def flows(published: Published, names: dict[str, str], language: Language) -> Markup:
    """The picture."""
    picture = laid_out(published)
    parts = [
        band(picture, number, sender, receiver, names, language)
        for number, sender in enumerate(published.parties)
        for receiver in published.parties
        if there(published, sender, receiver)
    ]
    for node in picture.left.values():
        parts += province(node, LEFT - NODE, LEFT - NODE - 8, "end", published.flow(node.party, ALL), names, language)
    for node in picture.right.values():
        end = WIDTH - LEFT
        parts += province(node, end, end + NODE + 8, "start", published.flow(ALL, node.party), names, language)
    return tag(
        "svg",
        tag("title", language.say("flow")),
        *parts,
        viewBox=f"0 0 {WIDTH} {round(picture.height)}",
        role="img",
        aria_label=f"{language.say('flow')}. {language.say('as_table')}.",
        class_="flow",
    )


def band(
    picture: Picture, number: int, sender: str, receiver: str, names: dict[str, str], language: Language
) -> Markup:
    """From one province to another."""
    shown = picture.published.flow(sender, receiver)
    one, other, thick = picture.left[sender], picture.right[receiver], picture.thick(shown)
    y1, y2 = one.top + one.used + thick / 2, other.top + other.used + thick / 2
    one.used += thick
    other.used += thick
    start, end, middle = LEFT, WIDTH - LEFT, WIDTH // 2
    title = language.say("flow_title", sender=names[sender], receiver=names[receiver], count=language.count(shown))
    return tag(
        "path",
        tag("title", title),
        d=f"M{start} {y1:.1f}C{middle} {y1:.1f} {middle} {y2:.1f} {end} {y2:.1f}",
        stroke_width=f"{thick:.1f}",
        class_=f"band f{number % HUES}" + (" untold" if shown.exact is None else ""),
    )


def province(
    node: Node, x: int, text_x: int, anchor: str, shown: Shown, names: dict[str, str], language: Language
) -> list[Markup]:
    """A province's bar, name and sum."""
    tall = max(node.tall, 3)
    y = node.top + max(node.tall, LEAST) / 2
    return [
        tag("rect", x=x, y=f"{node.top:.1f}", width=NODE, height=f"{tall:.1f}", class_="node"),
        tag("text", names[node.party], x=text_x, y=f"{y - 1:.1f}", text_anchor=anchor),
        tag("text", language.count(shown), x=text_x, y=f"{y + 13:.1f}", text_anchor=anchor, class_="sum"),
    ]


def table(published: Published, names: dict[str, str], language: Language) -> Markup:
    """The same as a table: rows hand over, columns receive."""
    parties = (*published.parties, ALL)
    titles = {party: names.get(party, language.say("sum")) for party in parties}
    corner = f"{language.say('from')} ↓ {language.say('to')} →"
    head = tag("tr", tag("th", corner, scope="col"), *(tag("th", titles[party], scope="col") for party in parties))
    rows = [
        tag(
            "tr",
            tag("th", titles[one], scope="row"),
            *(tag("td", language.cell(published.flow(one, other))) for other in parties),
            class_="sum" if one == ALL else None,
        )
        for one in parties
    ]
    return tag("table", tag("thead", head), tag("tbody", *rows), class_="numbers matrix")
