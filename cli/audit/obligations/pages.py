"""The page that is made to be published: one file, in two languages, with nothing from anywhere else.

Promise: drawn from `figures.Published` and the verdict alone; no script; a policy that allows this one style sheet and
nothing besides; everything from outside escaped.
Rules: what was found against the log stands first, in red; a demonstration is marked as one on every screen and sheet.
Elsewhere: what may be shown, `cli.audit.obligations.figures`; words, `cli.audit.obligations.words`; the parts of an
article, `cli.audit.obligations.articles`.
"""

import hashlib
from base64 import b64encode
from typing import Final, TextIO

from cli.audit.obligations.accounts import Account
from cli.audit.obligations.articles import Article
from cli.audit.obligations.figures import Figures
from cli.audit.obligations.languages import ENGLISH, INDONESIAN
from cli.audit.obligations.markup import Markup, joined, tag
from cli.audit.obligations.styles import STYLE

STYLE_HASH: Final = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"


def write(account: Account, out: TextIO) -> None:
    """The whole page."""
    figures = Figures(agreement=account.agreement, outages=account.outages)
    for row in account.rows:
        figures.add(row)
    published = figures.published()
    articles = [Article(account=account, published=published, language=each).whole() for each in (INDONESIAN, ENGLISH)]
    out.write("<!doctype html>\n")
    out.write(tag("html", head(account), body(account, articles), lang="id"))
    out.write("\n")


def head(account: Account) -> Markup:
    """The head: the policy comes before all that it rules."""
    title = f"{INDONESIAN.say('title')} · {ENGLISH.say('title')}"
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light"),
        tag("title", f"DEMO · {title}" if account.demo else title),
        tag("style", Markup(STYLE)),
    )


def body(account: Account, articles: list[Markup]) -> Markup:
    """The switch and both articles, of which one is shown."""
    choices = [
        tag(
            "input", type="radio", name="language", id="show-id", class_="choice", checked=True, aria_label="Indonesia"
        ),
        tag("input", type="radio", name="language", id="show-en", class_="choice", aria_label="English"),
    ]
    switch = tag(
        "div",
        tag("label", "Bahasa Indonesia", for_="show-id", lang="id"),
        tag("label", "English", for_="show-en", lang="en"),
        class_="switch",
    )
    banner = joined(INDONESIAN.say("demo"), tag("br"), tag("span", ENGLISH.say("demo"), lang="en"))
    demo = [tag("div", banner, class_="demo-banner", role="note")] if account.demo else []
    return tag("body", *demo, *choices, switch, *articles, class_="demo" if account.demo else None)
