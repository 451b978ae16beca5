"""The page in one language, part by part.

Promise: whatever was found comes first; each figure has its table; terms say whether they are published or proposed.
Elsewhere: the figures, `heatmaps`, `timelines` and `flows` beside this; the frame, `cli.audit.obligations.pages`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from casework.agreements import AgreedTerm, Basis
from casework.duties import BY_KIND, Kind
from casework.obligations import State
from cli.audit.obligations import flows, heatmaps, outages, timelines
from cli.audit.obligations.accounts import Account
from cli.audit.obligations.figures import ALL, CONTESTED, ENTERED_LATE, JUDGED, LATE, PENDING, TOTAL, WAIVED, Published
from cli.audit.obligations.languages import FEW_SIGN, HELD_SIGN, Language
from cli.audit.obligations.markup import Markup, joined, tag
from cli.audit.obligations.words import WORDS
from ledger.findings import Finding
from ledger.rules import RULES

MOST_FINDINGS: Final = 50  # on a page; all of them are in the JSON document
APART: Final = ("entered_late", "contested", "waived", "paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What is told, and in which language."""

    account: Account
    published: Published
    language: Language

    def whole(self) -> Markup:
        """All of it."""
        parts = [self.findings(), self.opening(), self.headline(), self.heat(), self.time(), self.flow()]
        rest = [self.apart(), self.outages(), self.terms(), self.evidence(), self.small()]
        return tag("article", *parts, *rest, lang=self.language.code)

    def say(self, name: str, /, **values: object) -> str:
        """A text by its name."""
        return self.language.say(name, **values)

    @property
    def names(self) -> dict[str, str]:
        """The provinces' names."""
        return {party: self.account.name(party) for party in self.published.parties}

    @property
    def clauses(self) -> dict[str, str]:
        """The clauses' names: ours where we have one, for the agreement has only their words."""
        return {key: self.say(key) if key in WORDS else key for key in self.published.clauses}

    @property
    def offset(self) -> timedelta:
        """The clock that instants are told by."""
        agreement = self.account.agreement
        return timedelta(minutes=0 if agreement is None else agreement.utc_offset_minutes)

    def section(self, name: str, *parts: Markup | str | None, lead: str | None = None) -> Markup:
        """A part with its title."""
        return tag("section", tag("h2", self.say(name)), tag("p", self.say(lead)) if lead else None, *parts)

    def as_table(self, name: str, table: Markup) -> Markup:
        """A table behind a summary."""
        return tag("details", tag("summary", self.say(name)), self.scrolled(name, table))

    def scrolled(self, name: str, part: Markup) -> Markup:
        """A part that may be wider than the screen."""
        return tag("div", part, class_="wide", tabindex=0, role="region", aria_label=self.say(name))

    # -- what was found, and what this is
    def findings(self) -> Markup | None:
        """In red, at the top."""
        if self.account.sound:
            return None
        verdict = self.account.verdict
        several = [self.finding(each) for each in verdict.report.findings[:MOST_FINDINGS]]
        more = verdict.report.found - len(several)
        several += [tag("li", self.say("findings_more", more=self.language.number(more)))] if more > 0 else []
        several += [tag("li", self.say("contradiction", name=name)) for name in verdict.contradictions]
        told = tag("p", tag("strong", self.standing()))
        return tag("div", tag("h2", self.say("findings")), told, tag("ul", *several), class_="findings", role="alert")

    def finding(self, finding: Finding) -> Markup:
        """One of them, in the verifier's words."""
        where = self.say("findings_log")
        if finding.index is not None:
            where = self.say("findings_entry", index=finding.index)
        rule = RULES.get(finding.rule, "")
        said = tag("span", f"{finding.message} ({rule})" if rule else finding.message, lang="en")
        return tag("li", tag("b", f"{where}, {finding.rule} {finding.code}: "), said)

    def standing(self) -> str:
        """How far to rely on it."""
        found = self.account.verdict.report.found + len(self.account.verdict.contradictions)
        return self.say(self.account.standing, found=self.language.number(found))

    def opening(self) -> Markup:
        """The title, as of when, and how far to rely on it."""
        account, agreement = self.account, self.account.agreement
        when = self.language.instant(account.as_of, self.offset)
        facts = [tag("strong", self.say("as_of", at=when))]
        if account.behind_the_end:
            facts.append(tag("span", self.say("behind", end=self.language.instant(account.ends_at, self.offset))))
        facts.append(tag("span", self.standing(), class_=f"standing {account.standing}"))
        return tag(
            "header",
            None
            if agreement is None
            else tag("p", self.language.pick(agreement.title, agreement.title_en), class_="kicker"),
            tag("h1", self.say("title")),
            tag("p", self.say("lead"), class_="lead"),
            tag("ul", *(tag("li", fact) for fact in facts), class_="facts"),
        )

    # -- the figures
    def headline(self) -> Markup:
        """Four cards."""
        published, cell = self.published, self.language.cell
        whole = {outcome: published.cell(ALL, ALL, outcome) for outcome in (TOTAL, JUDGED, LATE, PENDING)}
        state = published.state
        share = tag(
            "span", self.language.share(heatmaps.share(published, ALL, ALL)) if whole[JUDGED].exact != 0 else "–"
        )
        cards = (
            ("total", cell(whole[TOTAL]), (), ""),
            ("share", share, (("judged", cell(whole[JUDGED])),), "good"),
            (
                "late",
                cell(whole[LATE]),
                (("met_late", cell(state(State.MET_LATE))), ("breached", cell(state(State.BREACHED)))),
                "bad",
            ),
            (
                "pending",
                cell(whole[PENDING]),
                (("open", cell(state(State.OPEN))), ("paused", cell(state(State.PAUSED)))),
                "",
            ),
        )
        made = [self.card(*card) for card in cards]
        return self.section("headline", tag("ul", *made, class_="cards"))

    def card(self, name: str, figure: Markup, within: tuple[tuple[str, Markup], ...], kind: str) -> Markup:
        """A figure, what it counts, and what is in it."""
        note = self.say(f"{name}_note", **{key: f"\0{key}\0" for key, _ in within})
        marked = dict(within)
        # Only now the counts are put in: they are markup, the words around them are not.
        parts = [marked.get(part, part) for part in note.split("\0")]
        return tag(
            "li", tag("b", figure), tag("span", self.say(name)), tag("small", joined(*parts)), class_=kind or None
        )

    def heat(self) -> Markup:
        """Party x clause."""
        names, clauses = self.names, self.clauses
        figure = heatmaps.heat_map(self.published, names, clauses, self.language)
        map_ = joined(self.scrolled("heat", figure), heatmaps.scale(self.language))
        table = heatmaps.outcomes(self.published, names, clauses, self.language)
        whole = self.as_table("clause_table", heatmaps.by_clause(self.published, clauses, self.language))
        return self.section("heat", map_, self.texts(), self.as_table("heat_table", table), whole, lead="heat_lead")

    def texts(self) -> Markup | None:
        """What the clauses say."""
        agreement = self.account.agreement
        told = [] if agreement is None else [clause for clause in agreement.clauses if clause.key in self.clauses]
        parts = [
            part
            for clause in told
            for part in (
                tag("dt", self.clauses[clause.key]),
                tag("dd", f"{self.language.pick(clause.text, clause.text_en)} ({self.say(clause.basis)})"),
            )
        ]
        return tag("dl", *parts, class_="clauses", aria_label=self.say("clauses")) if parts else None

    def time(self) -> Markup:
        """Breaches by month."""
        if not self.published.months:
            return self.section("time", tag("p", self.say("time_none")))
        figure = timelines.timeline(self.published, self.language)
        table = self.as_table("as_table", timelines.table(self.published, self.language))
        return self.section("time", self.scrolled("time", figure), table, lead="time_lead")

    def flow(self) -> Markup:
        """From province to province."""
        if self.published.flow(ALL, ALL).exact == 0:
            return self.section("flow", tag("p", self.say("flow_none")))
        names = self.names
        figure = self.scrolled("flow", flows.flows(self.published, names, self.language))
        table = self.as_table("as_table", flows.table(self.published, names, self.language))
        return self.section("flow", figure, table, lead="flow_lead")

    def apart(self) -> Markup:
        """What is counted apart."""
        published = self.published
        counts = (
            published.special(ENTERED_LATE),
            published.special(CONTESTED),
            published.cell(ALL, ALL, WAIVED),
            published.state(State.PAUSED),
        )
        parts = []
        for name, count in zip(APART, counts, strict=True):
            parts.append(tag("dt", tag("b", self.language.cell(count)), self.say(name)))
            parts.append(tag("dd", self.say(f"{name}_note")))
        return self.section("apart", tag("dl", *parts, class_="apart"))

    # -- what it rests on
    def outages(self) -> Markup:
        """What the host alone has told."""
        told, published, language = self.account.outages, self.published, self.language
        if not told:
            return self.section("outages", tag("p", self.say("outages_none")))
        listed = self.as_table("outages_table", outages.table(told, published, language, self.offset))
        more = outages.more(told, language)
        return self.section("outages", outages.lead(told, language), outages.spared(published, language), listed, more)

    def terms(self) -> Markup:
        """The terms that are counted, and their basis."""
        agreement = self.account.agreement
        if agreement is None:
            return self.section("terms", tag("p", self.say("no_agreement")))
        counted = [term for term in agreement.terms if term.obligation in set(Kind)]
        columns = ("obligation", "clause", "applies", "term", "basis")
        head = tag("tr", *(tag("th", self.say(column), scope="col") for column in columns))
        table = tag("table", tag("thead", head), tag("tbody", *map(self.term, counted)), class_="numbers terms")
        proposed = any(term.basis is Basis.PROPOSED for term in counted)
        return self.section(
            "terms",
            tag("p", self.say("terms_proposed"), class_="notice") if proposed else None,
            self.scrolled("terms", table),
            tag("p", tag("strong", f"{self.say('note')}: "), self.language.pick(agreement.note, agreement.note_en)),
        )

    def term(self, term: AgreedTerm) -> Markup:
        """One of them."""
        duty = BY_KIND[Kind(term.obligation)]
        return tag(
            "tr",
            tag("th", self.language.pick(duty.label, duty.label_en), scope="row"),
            tag("td", self.clauses.get(term.clause, term.clause)),
            tag("td", self.say(term.applies_to)),
            tag("td", self.language.term(term.term)),
            tag("td", self.say(term.basis), class_=str(term.basis)),
        )

    def evidence(self) -> Markup:
        """Which log, and how to count again."""
        report = self.account.verdict.report
        matched = self.say("anchor_given" if report.anchored else "anchor_not_given")
        facts = (
            ("log", tag("code", report.origin)),
            ("size", tag("span", self.language.number(report.size))),
            ("root", tag("code", report.root)),
            ("anchor", joined(tag("code", report.anchor or "?"), f" ({matched})")),
            ("agreement", tag("code", report.agreement or "?")),
            ("ends", tag("span", self.language.instant(self.account.ends_at, self.offset))),
            ("at", tag("span", self.language.instant(self.account.as_of, self.offset))),
        )
        listed = [part for name, value in facts for part in (tag("dt", self.say(name)), tag("dd", value))]
        return self.section(
            "evidence", tag("pre", tag("code", self.command())), tag("dl", *listed), lead="evidence_lead"
        )

    def command(self) -> str:
        """The command line that gives the same account."""
        at = self.account.as_of
        instant = "" if at is None else f" --as-of {at:%Y-%m-%dT%H:%M:%SZ}"
        return f"estafet audit obligations DIR --anchor HEX{instant}"

    def small(self) -> Markup:
        """What is suppressed, and why."""
        return self.section("small", tag("p", self.say("small_lead", few=FEW_SIGN, held=HELD_SIGN)))
