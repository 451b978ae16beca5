"""`docs/benchmarks.md`, as far as it is figures: each part between its two marks, from the file of results.

    python -m benchmarks.pages RESULTS docs/benchmarks.md

Promise: what stands between the marks of a part is what was measured, and nothing else; what people wrote around it
stays. A part that was not measured stays as it was.
Elsewhere: the results, `benchmarks.reports`; the charts, `benchmarks.charts`.
"""

import argparse
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import buffers, charts, journals, reports, verifying
from benchmarks.charts import Bar
from benchmarks.meters import Aim, Sample, Spread, ratio

CHARTS = "benchmarks"  # the folder of the charts, beside the page
Part = tuple[str, dict[str, str]]  # Markdown, charts by name
WORKLOADS = {"page": "A page of fifty cases, three levels", "case": "A single case"}


def race(figures: Mapping[str, Any]) -> Part:
    """Estafet beside the others."""
    text, drawn = [], {}
    for workload, title in WORKLOADS.items():
        by_name = {name: [Sample(**each) for each in rounds] for name, rounds in figures[workload].items()}
        text.append(f"**{title}**\n\n![{title}]({CHARTS}/{workload}.svg)\n\n{reports.race(by_name)}")
        speeds = {name: Spread.of([each.per_second for each in rounds]) for name, rounds in by_name.items()}
        told = sorted(speeds.items(), key=lambda of: -of[1].middle)
        lines = [Bar(name=name, figure=spread, ours=name.startswith("Estafet")) for name, spread in told]
        drawn[f"{workload}.svg"] = charts.bars(title, "requests a second", lines)
    return "\n\n".join(text), drawn


def act(figures: Mapping[str, Any]) -> Part:
    """A handover act, and the checks."""
    by_name = {name: [Sample(**each) for each in rounds] for name, rounds in figures["act"].items()}
    checks = Spread.of(figures["checks"]).told(".2f")
    return f"{reports.race(by_name)}\n\nToken, proof and their state: {checks} ms of CPU for one request.", {}


def journal(figures: Mapping[str, Any]) -> Part:
    """The journal against plain inserts."""
    found = {int(writers): by_way for writers, by_way in figures.items()}
    lines = [
        Bar(name=f"{writers} writers", figure=ratio(each["journal"], each["plain"]), ours=True, form=".2f")
        for writers, each in found.items()
    ]
    title = "Act row and entry, against act row and plain row"
    chart = charts.bars(title, "acts a second, as a part of plain inserts'", lines, journals.WANTED)
    return f"![{title}]({CHARTS}/journal.svg)\n\n{journals.told(found)}", {"journal.svg": chart}


def verify(figures: Mapping[str, Any]) -> Part:
    """`audit verify` against the loop."""
    return verifying.told(dict(figures), int(figures["entries"])), {}


def touched(figures: Mapping[str, Any]) -> Part:
    """Buffers of a page."""
    found = {page: {int(scale): count for scale, count in by_scale.items()} for page, by_scale in figures.items()}
    return buffers.told(found), {}


def profiles(figures: Mapping[str, Any]) -> Part:
    """Where the time goes."""
    return "\n\n".join(f"### {name.capitalize()}\n\n{table}" for name, table in figures.items()), {}


PARTS: Mapping[str, Callable[[Mapping[str, Any]], Part]] = {
    "race": race,
    "act": act,
    "journal": journal,
    "verify": verify,
    "buffers": touched,
    "profiles": profiles,
}


def written(text: str, results: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The page with its parts, and its charts by name."""
    drawn: dict[str, str] = {}
    for name, part in results.items():
        told, some = PARTS[name](part["figures"])
        drawn |= some
        text = between(text, name, f"{told}\n\nMeasured on {part['machine']}, {part['at'][:10]}.")
    aims = [_aim(each) for part in results.values() for each in part["aims"]]
    return between(text, "aims", reports.aimed(aims)), drawn


def between(text: str, name: str, told: str) -> str:
    """The page with this between the marks of a part."""
    marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
    found = re.compile(rf"(?<={re.escape(marks[0])}\n).*?(?={re.escape(marks[1])})", re.DOTALL)
    if len(found.findall(text)) != 1:
        raise SystemExit(f"the page has no place for {name}: {marks[0]} and {marks[1]}")
    return found.sub(lambda _: f"{told}\n", text)


def _aim(held: Mapping[str, Any]) -> Aim:
    spread = Spread(**held["found"])
    return Aim(name=held["name"], wanted=held["wanted"], found=spread, at_most=held["at_most"])


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(description="Write what was measured into the page.")
    asked.add_argument("results", type=Path)
    asked.add_argument("page", type=Path)
    given = asked.parse_args()
    text, drawn = written(given.page.read_text(), json.loads(given.results.read_text()))
    given.page.write_text(text)
    folder = given.page.parent / CHARTS
    folder.mkdir(exist_ok=True)
    for name, chart in drawn.items():
        (folder / name).write_text(chart)


if __name__ == "__main__":
    main()
