"""Results as they are kept and read: one file of JSON, tables of Markdown.

Promise: whatever was measured in a run stands in the JSON, round by round; tables and charts are made from it.
Elsewhere: charts, `benchmarks.charts`.
"""

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.meters import Aim, Sample, Spread


def race(by_name: Mapping[str, Sequence[Sample]]) -> str:
    """The table of one workload, the quickest first."""
    lines = [
        "| | requests a second | server, ms of CPU | PostgreSQL, ms of CPU | wait, ms |",
        "|---|---|---|---|---|",
    ]
    quickest = sorted(by_name, key=lambda name: -Spread.of([each.per_second for each in by_name[name]]).middle)
    for name in quickest:
        samples = by_name[name]
        figures = (
            Spread.of([each.per_second for each in samples]).told(",.0f"),
            *(
                Spread.of([getattr(each, of) for each in samples]).told(".2f")
                for of in ("server_ms", "postgres_ms", "middle_ms")
            ),
        )
        lines.append(f"| {name} | {' | '.join(figures)} |")
    return "\n".join(lines)


def aimed(aims: Sequence[Aim]) -> str:
    """What was wanted, and what came of it."""
    return "\n".join(["| aim | wanted | found | |", "|---|---|---|---|", *(each.told() for each in aims)])


def plain(found: Mapping[str, Mapping[str, Sequence[Sample]]]) -> dict[str, object]:
    """As JSON has it."""
    return {
        workload: {name: [asdict(each) for each in samples] for name, samples in by_name.items()}
        for workload, by_name in found.items()
    }


def keep(file: Path, part: str, figures: object, aims: Sequence[Aim] = ()) -> None:
    """Write one part of the results, beside the others."""
    held = json.loads(file.read_text()) if file.exists() else {}
    held[part] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "figures": figures,
        "aims": [
            {"name": each.name, "wanted": each.wanted, "at_most": each.at_most, "found": each.found.plain(),
             "verdict": each.verdict()} for each in aims
        ],
    }  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n")


def machine() -> str:
    """What this was measured on, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    python = ".".join(map(str, sys.version_info[:2]))
    return f"{os.cpu_count()} cores {platform.machine()}, {memory} GB, Linux, Python {python}"
