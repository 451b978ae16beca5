"""How the story looks: numbered chapters, one line for each thing that happens.

Promise: reads well at 80 columns, in a pipe, and without colours.
Elsewhere: what is told, `cli.demo.chapters` and `cli.demo.evidence`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.audit.screens import plain
from cli.demo.answers import number, word
from cli.demo.provinces import Acted

NAMES = {"ID-JK": "Jakarta", "ID-JI": "East Java", "ID-JB": "West Java"}
COLOURS = {"ID-JK": "cyan", "ID-JI": "magenta", "ID-JB": "yellow"}


class Page:
    """The story's screen."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._chapter = 0

    def title(self, issuer: str) -> None:
        """What this is, and that nobody in it exists."""
        text = Text.assemble(
            ("Estafet", "bold"),
            "  a person is handed from province to province, signed by both sides\n",
            (f"DEMO  everybody here is invented  {issuer}", "yellow"),
        )
        self.console.print(Panel(text, width=80, border_style="yellow"))

    def chapter(self, id: str, en: str) -> None:
        """A new chapter, in both languages."""
        self._chapter += 1
        self.console.print()
        self.console.print(Text.assemble((f"{self._chapter:>2}  ", "bold"), (id, "bold"), "  ", (en, "italic dim")))

    def says(self, text: str, style: str = "") -> None:
        """A line of the story."""
        self._show(Text(text, style=style))

    def who(self, code: str, text: str) -> None:
        """A line with the province that acts."""
        self._show(Text.assemble((f"{NAMES[code]}", COLOURS[code]), "  ", text))

    def signed(self, code: str, acted: Acted) -> None:
        """A signed act: what the signature says, and where it stands in the log."""
        self.who(code, acted.sentence.en)
        leaf, index = word(acted.answer, "entry", "leaf"), number(acted.answer, "entry", "index")
        key = acted.examined.statement.key or ""
        where = f"signed {key[:10]}…  entry {index}  leaf {leaf[:16]}…  receipt kept"
        self._show(Text.assemble(("✎ ", "green"), (where, "dim")))

    def facts(self, facts: Mapping[str, str]) -> None:
        """Names and values."""
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in facts.items():
            table.add_row(name, plain(value))
        self._show(table)

    def table(self, heads: Sequence[str], lines: Sequence[Sequence[RenderableType]]) -> None:
        """A small table."""
        table = Table(*heads, box=None, header_style="dim", padding=(0, 3, 0, 0), pad_edge=False)
        for line in lines:
            table.add_row(*line)
        self._show(table)

    def quoted(self, text: Text) -> None:
        """What another process said, as it said it."""
        self.console.print(Padding(Panel(text, border_style="dim", width=76), (0, 0, 0, 4), expand=False))

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Something that takes a moment."""
        if self.console.is_terminal:
            with self.console.status(Text(text, style="dim")):
                yield
        else:
            yield

    def end(self, seconds: float) -> None:
        """The last line."""
        self.console.print()
        self.console.print(Rule(Text(f"told in {seconds:.1f} seconds", style="dim"), style="dim"), width=80)

    def _show(self, what: RenderableType) -> None:
        self.console.print(Padding(what, (0, 0, 0, 4), expand=False), width=min(self.console.width, 100))
