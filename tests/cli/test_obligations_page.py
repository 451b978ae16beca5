"""The page to publish: opens by itself, says what it rests on, and shows nothing that is kept back."""

import base64
import hashlib
import io
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from casework.agreements import Basis
from casework.clocks import Span
from casework.duties import DUTIES
from casework.obligations import State
from cli.audit.obligations import pages
from cli.audit.obligations.accounts import Account
from cli.audit.obligations.figures import ALL, IN_TIME, LATE, TOTAL, Figures
from cli.audit.obligations.languages import ENGLISH, INDONESIAN, bounds
from cli.audit.obligations.markup import Markup, joined, tag
from cli.audit.obligations.suppression import FEW, KEPT_BACK, Shown
from cli.audit.obligations.words import WORDS
from ledger.dockets import Outage, Row
from tests.cli.accounts import AGREEMENT, END, ROW, account, finding, outages, rows

MANY, SOME = list(rows(9000)), list(rows(120))
EMPTY = {"meta", "input", "br"}


@dataclass(slots=True)
class Element:
    name: str
    attributes: dict[str, str | None]
    children: list["Element | str"] = field(default_factory=list)

    def all(self, name: str = "", **wanted: str) -> Iterator["Element"]:
        for child in self.children:
            if isinstance(child, Element):
                if name in ("", child.name) and all(child.attributes.get(key) == wanted[key] for key in wanted):
                    yield child
                yield from child.all(name, **wanted)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class Reader(HTMLParser):
    """A tree; anything left open or closed twice is an error."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        assert len(dict(attributes)) == len(attributes)
        made = Element(name, dict(attributes))
        self.open[-1].children.append(made)
        if name not in EMPTY:
            self.open.append(made)

    def handle_startendtag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(name, dict(attributes)))

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop().name == name

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def written(told: Account) -> str:
    out = io.StringIO()
    pages.write(told, out)
    return out.getvalue()


def page(told: Account) -> Element:
    reader = Reader()
    reader.feed(written(told))
    reader.close()
    assert reader.open == [reader.root]
    return reader.root


def english(told: Account) -> Element:
    return next(page(told).all("article", lang="en"))


def table(article: Element, kind: str) -> list[list[str]]:
    found = next(each for each in article.all("table") if each.attributes.get("class") == kind)
    return [[cell.text for cell in line.all() if cell.name in ("th", "td")] for line in found.all("tr")]


ACCOUNTS = {
    "many": account(MANY, outages=outages(MANY, several=60)),
    "outages": account(SOME, outages=outages(SOME)),
    "some": account(SOME),
    "none": account([]),
    "demo, at fault": account(SOME, origin="demo.estafet.invalid/x", findings=(finding(),)),
    "without an agreement": account(SOME, agreement=None, anchored=False),
}


@pytest.mark.parametrize("which", list(ACCOUNTS))
def test_it_opens_by_itself(which: str) -> None:
    """Nothing is fetched, nothing is run, and the browser is told to allow neither."""
    text, root = written(ACCOUNTS[which]), page(ACCOUNTS[which])
    assert not re.search(r"https?:|//[a-z]|url\(|@import|javascript:|data:\w", text)
    names = {element.name for element in root.all()}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a", "use", "image"}
    attributes = {name for element in root.all() for name in element.attributes}
    assert not {name for name in attributes if name.startswith("on")} | (attributes & {"style", "src", "href"})
    policy = next(root.all("meta", **{"http-equiv": "Content-Security-Policy"}))
    style = next(root.all("style")).text
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.attributes["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert text.index("Content-Security-Policy") < text.index("<style>")


@pytest.mark.parametrize("which", list(ACCOUNTS))
def test_every_figure_has_a_name_and_what_scrolls_can_be_reached_by_keyboard(which: str) -> None:
    root = page(ACCOUNTS[which])
    for figure in root.all("svg"):
        assert figure.attributes["role"] == "img"
        assert figure.attributes["aria-label"]
    for part in root.all("div", **{"class": "wide"}):
        assert part.attributes["tabindex"] == "0"
        assert part.attributes["aria-label"]
    ids = [element.attributes["id"] for element in root.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for heading in (each for each in root.all("th")):
        assert heading.attributes["scope"] in ("col", "row", "rowgroup")


def test_both_languages_are_there_and_indonesian_is_shown_first() -> None:
    root = page(account(MANY))
    assert next(root.all("html")).attributes["lang"] == "id"
    assert [article.attributes["lang"] for article in root.all("article")] == ["id", "en"]
    choices = list(root.all("input"))
    assert [(each.attributes["id"], "checked" in each.attributes) for each in choices] == [
        ("show-id", True),
        ("show-en", False),
    ]
    assert {label.attributes["for"] for label in root.all("label")} == {"show-id", "show-en"}
    indonesian, other = (article.text for article in root.all("article"))
    assert "Serah terima antarprovinsi" in indonesian
    assert "Handovers between provinces" in other


def test_large_counts_stand_on_the_page_as_the_rows_have_them() -> None:
    article = english(account(MANY))
    figures = Figures(agreement=AGREEMENT)
    for row in MANY:
        figures.add(row)
    lines = table(article, "numbers")
    assert lines[1][:2] == ["DKI Jakarta", "Good condition"]
    assert lines[1][2] == f"{figures.cells['ID-JK', 'good_condition', IN_TIME]:,}"
    assert lines[1][3] == f"{figures.cells['ID-JK', 'good_condition', LATE]:,}"
    matrix = table(article, "numbers matrix")
    names = {party.name: party.code for party in AGREEMENT.parties}
    for line in matrix[1:-1]:
        for name, count in zip(matrix[0][1:-1], line[1:-1], strict=True):
            assert count == f"{figures.flows[names[line[0]], names[name]]:,}"
    assert table(article, "numbers outcomes")[-1][-1] == f"{len(MANY):,}"


def test_no_count_under_five_is_on_the_page() -> None:
    for told in (account(SOME), account(SOME[:9]), account(SOME[:2])):
        article = english(told)
        cells = [
            cell.text for kind in ("numbers", "numbers matrix", "numbers outcomes") for cell in counts(article, kind)
        ]
        assert "<5" in cells
        assert all(cell in ("<5", "*") or int(cell.replace(",", "")) not in range(1, 5) for cell in cells)
        for figure in article.all("svg"):
            for text in figure.all("text"):
                assert text.text not in ("1", "2", "3", "4")


def counts(article: Element, kind: str) -> Iterator[Element]:
    for found in article.all("table"):
        if found.attributes.get("class") == kind:
            yield from found.all("td")


def handovers(debtor: str, creditor: str, in_time: int, late: int) -> list[Row]:
    one = replace(ROW, debtor=debtor, creditor=creditor)
    return [replace(one, state=State.MET)] * in_time + [replace(one, state=State.BREACHED)] * late


def test_two_tables_that_differ_in_what_is_kept_back_give_the_same_page() -> None:
    """Neither a length of a bar nor a place in a picture tells what the numbers do not."""
    one = handovers("ID-JI", "ID-JK", 50, 3) + handovers("ID-JT", "ID-JK", 20, 8)
    other = handovers("ID-JI", "ID-JK", 51, 2) + handovers("ID-JT", "ID-JK", 19, 9)
    assert written(account(one)) == written(replace(account(other), verdict=account(one).verdict))


def test_what_is_kept_back_looks_the_same_in_every_picture() -> None:
    article = english(account(SOME))
    untold = [each for each in article.all("path") if "untold" in (each.attributes["class"] or "")]
    assert len({each.attributes["stroke-width"] for each in untold}) == 1
    bars = [each for each in article.all("rect") if "untold" in (each.attributes.get("class") or "")]
    assert len({each.attributes["height"] for each in bars}) <= 1


def test_outages_are_said_to_be_the_hosts_word_and_what_they_spared_is_told() -> None:
    text = english(account(MANY, outages=outages(MANY, several=60))).text
    spared = [row.state for row in MANY if row.state_without_host is not None]
    assert "Outages that the host has told: 60, 44 h 30 min in all." in text
    assert f"{spared.count(State.MET)}would be late" in text
    assert f"{spared.count(State.OPEN) + spared.count(State.PAUSED)}would be past their term" in text
    assert "And 35 shorter ones" in text
    assert "The host tells of no outage" in english(account(MANY)).text


def test_what_outages_have_stopped_is_told_in_fives() -> None:
    """Two outages an hour apart, subtracted from each other, would tell of the one referral between them."""
    one, other = (Outage(index=9 + n, span=Span(from_=END, until=END + timedelta(hours=1))) for n in (0, 1))
    one.stopped, other.stopped = 12, 13
    host = [replace(ROW, state=State.MET, stopped_by_host=timedelta(hours=1))] * 20
    few = Outage(index=20, span=one.span, stopped=3)
    none = Outage(index=21, span=one.span)
    lines = table(english(account(host, outages=(one, other, few, none))), "numbers outages")
    assert [line[2:] for line in lines[1:]] == [["9", "10–14"], ["10", "10–14"], ["20", "<5"], ["21", "0"]]
    assert lines[1][:2] == ["27 April 2026, 07:00:00 (UTC+7)", "27 April 2026, 08:00:00 (UTC+7)"]


def test_two_accounts_that_differ_in_what_outages_stopped_and_is_kept_back_give_the_same_page() -> None:
    def stopped(few: int) -> Account:
        down = Outage(index=9, span=Span(from_=END, until=END + timedelta(hours=1)), stopped=few)
        host = replace(ROW, state=State.MET, stopped_by_host=timedelta(hours=1))
        spared = replace(host, state_without_host=State.MET_LATE)
        return account([spared] * few + [replace(ROW, state=State.MET)] * (50 - few), outages=(down,))

    assert written(stopped(3)) == written(stopped(2))


def test_a_demonstration_is_marked_on_every_screen_and_sheet() -> None:
    demo = page(account(SOME, origin="demo.estafet.invalid/abc"))
    assert next(demo.all("body")).attributes["class"] == "demo"
    assert "data rekaan" in next(demo.all("div", **{"class": "demo-banner"})).text
    assert next(demo.all("title")).text.startswith("DEMO")
    assert '.demo::before{content:"DEMO";position:fixed' in next(demo.all("style")).text
    real = page(account(SOME))
    assert "class" not in next(real.all("body")).attributes
    assert not list(real.all("div", **{"class": "demo-banner"}))


def test_findings_stand_first_in_words_that_are_no_markup() -> None:
    for article in page(account(SOME, findings=(finding("<script>alert(1)</script>"),))).all("article"):
        first = next(article.all())
        assert first.attributes["class"] == "findings"
        assert first.attributes["role"] == "alert"
        assert "<script>alert(1)</script>" in first.text
        assert "V1" in first.text
    assert not list(english(account(SOME)).all("div", **{"class": "findings"}))


def test_many_findings_are_counted_and_not_all_told() -> None:
    first = next(english(account([], findings=tuple(finding(str(n)) for n in range(60)))).all())
    assert len(list(first.all("li"))) == 51
    assert "and 10 more" in first.text


def test_a_contradiction_is_a_finding() -> None:
    sound = account(SOME)
    told = replace(sound, verdict=replace(sound.verdict, contradictions=("9-ab",)))
    assert "another tree: 9-ab" in next(english(told).all("div", **{"class": "findings"})).text
    assert "Findings against this log: 1." in next(english(told).all("span", **{"class": "standing unreliable"})).text


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (account(SOME), "Verified: every entry"),
        (account(SOME, anchored=False), "whose log this is was not checked"),
        (account(SOME, findings=(finding(),)), "Not to be relied on"),
    ],
)
def test_it_says_how_far_to_rely_on_it(told: Account, words: str) -> None:
    assert words in english(told).text


def test_it_says_what_it_rests_on() -> None:
    text = english(account(SOME)).text
    for said in ("log.example/2025", "ab" * 32, "cd" * 32, AGREEMENT.sha256, "27 April 2026, 07:00:00 (UTC+7)"):
        assert said in text
    assert "--as-of 2026-04-27T00:00:00Z" in text
    behind = replace(account(SOME), as_of=datetime(2026, 6, 1, tzinfo=UTC))
    assert "This is later than the last entry (27 April 2026" in english(behind).text


def test_proposals_are_said_to_be_proposals() -> None:
    article = english(account(SOME))
    lines = table(article, "numbers terms")
    assert {line[4] for line in lines[1:]} == {"PROPOSED"}
    assert {line[0] for line in lines[1:]} == {duty.label_en for duty in DUTIES}
    assert "not rules of the agreement" in article.text
    terms = tuple(replace(term, basis=Basis.PUBLISHED) for term in AGREEMENT.terms)
    published = english(account(SOME, agreement=replace(AGREEMENT, terms=terms)))
    assert {line[4] for line in table(published, "numbers terms")[1:]} == {"published"}
    assert not list(published.all("p", **{"class": "notice"}))


def test_names_from_outside_are_no_markup() -> None:
    row = replace(ROW, debtor="<b>x", creditor='"><i', clause="<u>")
    article = english(account([row] * 9, agreement=None, origin="<img>"))
    assert "<b>x" in article.text
    assert "<u>" in article.text
    assert "<img>" in article.text


def test_nothing_owed_and_nobody_handed_over_is_said() -> None:
    text = english(account([])).text
    assert "No term has passed unmet." in text
    assert "Nobody has been handed over yet." in text


def test_long_timelines_stay_readable() -> None:
    first = datetime(2025, 7, 15, tzinfo=UTC)
    late = [
        replace(ROW, state=State.BREACHED, due_at=first + timedelta(days=30 * n)) for n in range(70) for _ in range(6)
    ]
    for told in (late, late[: 6 * 20], late[: 6 * 40]):
        figure = next(english(account(told)).all("svg", **{"class": "time"}))
        assert 300 < int(figure.attributes["width"] or 0) < 1010


@pytest.mark.parametrize("name", list(WORDS))
def test_every_text_is_in_both_languages_with_the_same_values(name: str) -> None:
    indonesian, other = ({field for _, field, _, _ in string.Formatter().parse(text) if field} for text in WORDS[name])
    assert indonesian == other


def test_numbers_shares_and_months_are_written_as_each_language_does() -> None:
    assert (INDONESIAN.number(12345), ENGLISH.number(12345)) == ("12.345", "12,345")
    assert (INDONESIAN.share((0.975, 0.975)), ENGLISH.share((0.975, 0.975))) == ("97,5%", "97.5%")
    assert INDONESIAN.month("2026-08") == "Agustus 2026"
    assert ENGLISH.term("P3WD") == "3 working days"
    assert INDONESIAN.term("PT6H") == "6 jam"
    assert ENGLISH.term("P14D") == "14 days"
    assert ENGLISH.term("P1M") == "P1M"
    assert INDONESIAN.instant(datetime(2026, 1, 31, 17, 0, 5, tzinfo=UTC), timedelta(hours=7)) == (
        "1 Februari 2026, 00.00.05 (UTC+7)"
    )
    assert ENGLISH.instant(datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=5, minutes=45)).endswith("(UTC+5:45)")
    assert ENGLISH.instant(None, timedelta()) == "?"
    at_the_end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert ENGLISH.instant(at_the_end, timedelta(hours=7)) == "31 December 9999, 23:59:59 (UTC+0)"


@pytest.mark.parametrize(
    ("met", "late", "judged", "said"),
    [
        (Shown(995, 995), Shown(5, 5), Shown(1000, 1000), "99.5%"),
        (Shown(99999, 99999), Shown(7, 7), Shown(100006, 100006), "99.9%"),
        (Shown(50, 50), Shown(0, 0), Shown(50, 50), "100%"),
        (Shown(0, 0), Shown(9, 9), Shown(9, 9), "0%"),
        (KEPT_BACK, FEW, Shown(120, 120), "96.6%–99.1%"),
        (FEW, KEPT_BACK, Shown(120, 120), "0.8%–3.3%"),
        (KEPT_BACK, KEPT_BACK, Shown(120, 120), "*"),
        (Shown(50, 50), FEW, KEPT_BACK, "*"),
        (FEW, FEW, FEW, "*"),
        (Shown(0, 0), Shown(0, 0), Shown(0, 0), "*"),
    ],
)
def test_a_share_is_told_as_far_as_the_counts_are(met: Shown, late: Shown, judged: Shown, said: str) -> None:
    assert ENGLISH.share(bounds(met, late, judged)) == said


def test_markup_is_only_what_was_made_as_markup() -> None:
    assert tag("p", "<b>", tag("b", "&"), title='"<', hidden=True, class_=None) == (
        '<p title="&quot;&lt;" hidden>&lt;b&gt;<b>&amp;</b></p>'
    )
    assert joined("<", None, Markup("<br>")) == "&lt;<br>"
    assert tag("rect", x=1) == '<rect x="1"/>'


def test_totals_are_those_of_the_page_also_where_nobody_may_know_their_parts() -> None:
    figures = Figures(agreement=AGREEMENT)
    for row in SOME:
        figures.add(row)
    whole = figures.published().cell(ALL, ALL, TOTAL)
    assert whole.exact in (None, len(SOME))
