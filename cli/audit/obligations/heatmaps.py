"""The heat map: party x clause, the share met in time with its n; and all counts behind it as a table.

Promise: a colour says nothing that the cell's text does not say; a share that is not shown has a pattern of its own.
Rules: orange is low and blue is high, which every kind of colour vision tells apart; the class is taken from the least
that the share can be.
Elsewhere: what is shown, `cli.audit.obligations.suppression`.
"""

from itertools import pairwise
from typing import Final

from cli.audit.obligations.figures import ALL, IN_TIME, JUDGED, LATE, PENDING, TOTAL, WAIVED, Published
from cli.audit.obligations.languages import WIDEST, Language, bounds
from cli.audit.obligations.markup import Markup, joined, tag

CLASSES: Final = (0.5, 0.75, 0.9, 0.97)  # from which share on the next class begins
COLUMNS: Final = ((IN_TIME, "in time"), (LATE, "late_column"), (JUDGED, "judged"))
OF_ALL: Final = (*COLUMNS, (PENDING, "pending_column"), (WAIVED, "waived"), (TOTAL, "total_column"))


def share(published: Published, party: str, clause: str) -> tuple[float, float] | None:
    """The share met in time, as far as it may be told."""
    of = [published.cell(party, clause, outcome) for outcome in (IN_TIME, LATE, JUDGED)]
    return bounds(of[0], of[1], of[2])


def heat_map(published: Published, names: dict[str, str], clauses: dict[str, str], language: Language) -> Markup:
    """The map."""
    head = [tag("th", language.say("province"), scope="col")]
    head += [tag("th", clauses[clause], scope="col") for clause in published.clauses]
    rows = []
    for party in (*published.parties, ALL):
        name = tag("th", language.say("all") if party == ALL else names[party], scope="row")
        cells = [cell(published, party, clause, language) for clause in published.clauses]
        rows.append(tag("tr", name, *cells, class_="sum" if party == ALL else None))
    return tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), class_="heat")


def cell(published: Published, party: str, clause: str, language: Language) -> Markup:
    """One cell."""
    judged, told = published.cell(party, clause, JUDGED), share(published, party, clause)
    if judged.exact == 0:
        return tag("td", language.say("none"), class_="empty")
    held = told is None or told[1] - told[0] > WIDEST
    shade = "held" if told is None or held else f"h{sum(told[0] >= start for start in CLASSES)}"
    n = joined("n = ", language.cell(judged))
    return tag("td", tag("b", language.share(told)), tag("small", n), class_=shade)


def scale(language: Language) -> Markup:
    """What the colours mean."""
    marks = [language.percent(int(start * 1000)) for start in CLASSES]
    texts = [language.say("below", share=marks[0])]
    texts += [language.say("from_to", low=low, high=high) for low, high in pairwise(marks)]
    texts.append(language.say("and_more", share=marks[-1]))
    keys = [tag("li", tag("i", class_=f"h{number}"), text) for number, text in enumerate(texts)]
    keys.append(tag("li", tag("i", class_="held"), language.say("no_share")))
    return tag("ul", *keys, class_="scale", aria_label=language.say("scale"))


def outcomes(published: Published, names: dict[str, str], clauses: dict[str, str], language: Language) -> Markup:
    """All counts behind the map."""
    columns = [language.say("province"), language.say("clause"), *(language.say(name) for _, name in COLUMNS)]
    head = tag("tr", *(tag("th", column, scope="col") for column in columns))
    rows = []
    for party in (*published.parties, ALL):
        name = language.say("all") if party == ALL else names[party]
        for number, clause in enumerate(published.clauses):
            counts = [language.cell(published.cell(party, clause, outcome)) for outcome, _ in COLUMNS]
            first = [tag("th", name, scope="rowgroup", rowspan=len(published.clauses))] if not number else []
            cells = [*first, tag("th", clauses[clause], scope="row"), *(tag("td", count) for count in counts)]
            rows.append(tag("tr", *cells, class_="sum" if party == ALL else None))
    return tag("table", tag("thead", head), tag("tbody", *rows), class_="numbers")


def by_clause(published: Published, clauses: dict[str, str], language: Language) -> Markup:
    """Of all provinces together, every outcome."""
    columns = [language.say("clause"), *(language.say(name) for _, name in OF_ALL)]
    head = tag("tr", *(tag("th", column, scope="col") for column in columns))
    rows = []
    for clause in (*published.clauses, ALL):
        counts = [tag("td", language.cell(published.cell(ALL, clause, outcome))) for outcome, _ in OF_ALL]
        name = tag("th", language.say("sum") if clause == ALL else clauses[clause], scope="row")
        rows.append(tag("tr", name, *counts, class_="sum" if clause == ALL else None))
    return tag("table", tag("thead", head), tag("tbody", *rows), class_="numbers outcomes")
