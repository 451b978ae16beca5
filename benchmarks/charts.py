"""Charts as SVG: bars with the spread of their rounds, written by hand so that nothing needs to be installed for it.

Promise: the same figures give the same bytes; light and dark pages both show them; each bar says its number.
Elsewhere: figures, `benchmarks.reports`; the page they stand on, `docs/benchmarks.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from benchmarks.meters import Spread

WIDTH, LEFT, RIGHT, ROW, TOP = 720, 270, 110, 30, 46
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2937 } .small { font-size: 11px; fill: #6b7280 }
  .ours { fill: #0f766e } .others { fill: #94a3b8 } .aim { stroke: #b91c1c; stroke-dasharray: 4 3 }
  .spread { stroke: #1f2937; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e5e7eb } .small { fill: #9ca3af } .ours { fill: #2dd4bf } .others { fill: #64748b }
    .spread { stroke: #e5e7eb } .aim { stroke: #f87171 }
  }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a chart."""

    name: str
    figure: Spread
    ours: bool = False
    form: str = ",.0f"


def bars(title: str, unit: str, told: Sequence[Bar], aim: float | None = None) -> str:
    """A chart of horizontal bars; `aim` is a line across."""
    most = max([bar.figure.largest for bar in told] + ([aim] if aim is not None else [])) or 1.0
    scale = (WIDTH - LEFT - RIGHT) / most
    height = TOP + ROW * len(told) + 14
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<text x="8" y="20" font-weight="600">{escape(title)}</text>',
        f'<text class="small" x="8" y="37">{escape(unit)}; middle of the rounds, line: least to largest</text>',
    ]
    for number, bar in enumerate(told):
        lines += _bar(bar, TOP + ROW * number, scale)
    if aim is not None:
        x = LEFT + aim * scale
        lines.append(f'<line class="aim" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - 12}"/>')
        lines.append(f'<text class="small" x="{x + 4:.1f}" y="{height - 3}">aim {aim:g}</text>')
    return "\n".join([*lines, "</svg>", ""])


def _bar(bar: Bar, y: int, scale: float) -> list[str]:
    kind, middle = "ours" if bar.ours else "others", y + ROW // 2
    least, largest = LEFT + bar.figure.least * scale, LEFT + bar.figure.largest * scale
    end, width = max(LEFT + bar.figure.middle * scale, largest), bar.figure.middle * scale
    return [
        f'<text x="{LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(bar.name)}</text>',
        f'<rect class="{kind}" x="{LEFT}" y="{y + 5}" width="{width:.1f}" height="{ROW - 12}"/>',
        f'<line class="spread" x1="{least:.1f}" x2="{largest:.1f}" y1="{middle - 1}" y2="{middle - 1}"/>',
        f'<text x="{end + 8:.1f}" y="{middle + 4}">{bar.figure.middle:{bar.form}}</text>',
    ]
