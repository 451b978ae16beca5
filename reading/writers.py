"""The writer as code: one straight-line function per plan, generated from its shape and run once with `exec`.

Promise: what is told is exactly what the shape says; a missing value nulls what GraphQL says it nulls, with its path.
Rules: only slots, level numbers and `repr` of GraphQL names reach the source; values never do. Error paths come from
loop variables. Only loose values are checked.
Elsewhere: pages, `writers_pages`. The oracle is graphql-core itself, over rows in Python: `tests/reading/oracle.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, assert_never

from . import ids, writers_pages
from .elements import listed, spanned
from .ids import Cursors
from .shapes import (
    Choice,
    Constant,
    Derived,
    Fixed,
    Form,
    Leaf,
    Object,
    Page,
    Reference,
    Rows,
    Sealed,
    Shape,
    Single,
    Spans,
)

Path = tuple[str, ...]  # Python expressions
Write = Callable[..., Any]


class Code:
    def __init__(self, widths: list[int], cursors: Cursors) -> None:
        self.widths, self.cursors = widths, cursors
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"listed": listed, "spanned": spanned, "ZERO": ((None, 0),)}
        self.numbers = 0

    # -- lines ---------------------------------------------------------------------------------------------------------
    def put(self, deep: int, line: str) -> None:
        self.lines.append("    " * deep + line)

    def temp(self, stem: str = "t") -> str:
        self.numbers += 1
        return f"{stem}{self.numbers}"

    def named(self, stem: str, value: object) -> str:
        name = self.temp(stem)
        self.names[name] = value
        return name

    def row(self, level: int) -> str:
        return "(" + "".join(f"a{level}_{n}, " for n in range(self.widths[level])) + ")"

    def source(self, rows: int, by: int | None, level: int) -> str:
        return f"r{rows}" if by is None else f"r{rows}.get(a{level}_{by}, ())"

    def aside(self, make: Callable[[], str]) -> tuple[str, list[str]]:
        """an expression, and the lines that it needs first"""
        saved, self.lines = self.lines, []
        made = make()
        lines, self.lines = self.lines, saved
        return made, lines

    def whole(self, pairs: Iterable[tuple[str, str, bool]], deep: int) -> str:
        """a dictionary of (key, expression, loose); None when a loose one is None"""
        told = list(pairs)
        literal = "{" + ", ".join(f"{key!r}: {made}" for key, made, _ in told) + "}"
        checks = [f"{made} is None" for _, made, loose in told if loose]
        if not checks:
            return literal
        t = self.temp()
        self.put(deep, f"{t} = None if {' or '.join(checks)} else {literal}")
        return t

    # -- shapes --------------------------------------------------------------------------------------------------------
    def value(self, s: Shape, level: int, path: Path, deep: int) -> str:
        match s:
            case Constant():
                return repr(s.value)
            case Fixed():
                return f"fixed[{s.key!r}]"
            case Leaf():
                return self.leaf(s, f"a{level}_{s.slot}", path, deep)
            case Derived() | Sealed() | Spans():
                return self.computed(s, level, path, deep)
            case Object():
                return self.object(s, level, path, deep)
            case Choice():
                return self.choice(s, level, path, deep)
            case Reference():
                return self.reference(s, level, path, deep)
            case Single():
                return self.single(s, level, path, deep)
            case Rows():
                source = self.source(s.level, s.by, level)
                return self.each(
                    s.level, source, path, deep, s.item.loose, lambda p, d: self.value(s.item, s.level, p, d)
                )
            case Page():
                return writers_pages.page(self, s, level, path, deep)
        assert_never(s)

    def leaf(self, s: Leaf, v: str, path: Path, deep: int) -> str:
        match s.form:
            case Form.PLAIN:
                if s.loose:
                    self.put(deep, f"if {v} is None: fail({tup(path)})")
                return v
            case Form.ID:
                return f"{self.named('id', id_of(s.detail))}({v})"
            case Form.NAME:
                t, names = self.temp(), self.named("names", dict(s.names))
                self.put(deep, f"{t} = {names}.get({v})")
                unknown = f"if {t} is None" + (f" and {v} is not None" if s.nullable else "")
                self.put(deep, f"{unknown}: fail({tup(path)})")
                return t
            case Form.LIST | Form.NAMES:
                t = self.temp()
                names = self.named("names", dict(s.names)) if s.form is Form.NAMES else "None"
                self.put(deep, f"{t} = listed({v}, {names}, {s.gaps}, {s.nullable}, fail, {tup(path)})")
                return t
        assert_never(s.form)

    def computed(self, s: Derived | Sealed | Spans, level: int, path: Path, deep: int) -> str:
        match s:
            case Derived():
                return self.derived(s, level, path, deep)
            case Sealed():
                return self.sealed(s, level, path, deep)
            case Spans():
                return self.spans(s, f"a{level}_{s.slot}", path, deep)
        assert_never(s)

    def derived(self, s: Derived, level: int, path: Path, deep: int) -> str:
        t = self.temp()
        self.put(deep, f"{t} = derive[{s.by!r}]({', '.join(f'a{level}_{n}' for n in s.slots)})")
        if not s.nullable:
            self.put(deep, f"if {t} is None: fail({tup(path)})")
        return t

    def sealed(self, s: Sealed, level: int, path: Path, deep: int) -> str:
        t, row = self.temp(), f"a{level}_{s.trail}, a{level}_{s.person}, a{level}_{s.slot}"
        of = f"({s.of!r}, {''.join(f'a{level}_{n}, ' for n in s.bound)})"
        names = self.named("names", dict(s.names)) if s.names else "None"
        self.put(deep, f"{t} = opened({row}, {of}, {s.part!r}, {names}, fail, {tup(path)})")
        return t

    def spans(self, s: Spans, v: str, path: Path, deep: int) -> str:
        t = self.temp()
        parts = [(part.key, part.value if isinstance(part, Constant) else part.upper) for part in s.parts]
        self.put(deep, f"{t} = spanned({v}, {self.named('parts', parts)}, fail, {tup(path)})")
        return t

    def object(self, s: Object, level: int, path: Path, deep: int) -> str:
        inner = deep if s.present is None else deep + 1

        def make() -> str:
            made = [(f.key, self.value(f, level, (*path, repr(f.key)), inner), f.loose) for f in s.fields]
            return self.whole(made, inner)

        made, lines = self.aside(make)
        if s.present is None:
            self.lines += lines
            return made
        t, v = self.temp(), f"a{level}_{s.present}"
        self.put(deep, f"if {v} is None:")
        if not s.nullable:
            self.put(inner, f"fail({tup(path)})")
        self.put(inner, f"{t} = None")
        self.put(deep, "else:")
        self.lines += lines
        self.put(inner, f"{t} = {made}")
        return t

    def each(
        self, level: int, source: str, path: Path, deep: int, loose: bool, item: Callable[[Path, int], str]
    ) -> str:
        i, t = f"i{level}", self.temp()
        made, lines = self.aside(lambda: item((*path, i), deep + 1))
        if not lines and not loose:
            return f"[{made} for {self.row(level)} in {source}]"
        counted = any(i in line for line in lines)
        self.put(deep, f"{t} = []")
        self.put(
            deep,
            f"for {i}, {self.row(level)} in enumerate({source}):" if counted else f"for {self.row(level)} in {source}:",
        )
        self.lines += lines
        if loose:
            self.put(deep + 1, f"if {made} is None:")
            self.put(deep + 2, f"{t} = None")
            self.put(deep + 2, "break")
        self.put(deep + 1, f"{t}.append({made})")
        return t

    def choice(self, s: Choice, level: int, path: Path, deep: int) -> str:
        t = self.temp()
        self.put(deep, f"{t} = None")
        for name, item in s.options:
            self.put(deep, f"if a{level}_{s.kind} == {name!r}:")
            self.put(deep + 1, f"{t} = {self.below(lambda item=item: self.object(item, level, path, deep + 1))}")  # type: ignore[misc]  # mypy cannot infer lambdas with defaults
        if not s.nullable:
            known = ", ".join(repr(name) for name, _ in s.options)
            self.put(deep, f"if a{level}_{s.kind} not in ({known},): fail({tup(path)})")
        return t

    def below(self, make: Callable[[], str]) -> str:
        made, lines = self.aside(make)
        self.lines += lines
        return made

    def reference(self, s: Reference, level: int, path: Path, deep: int) -> str:
        t, found, seen = self.temp(), self.temp("found"), self.temp("seen")
        self.put(deep, f"{t} = {seen} = None")
        for name, number, item in s.options:
            here = deep
            if s.kind is not None:
                self.put(deep, f"if a{level}_{s.kind} == {name!r}:")
                here = deep + 1
            self.put(here, f"{found} = r{number}.get(a{level}_{s.id})")
            self.put(here, f"if {found}:")
            self.put(here + 1, f"{seen} = {found}")
            self.put(here + 1, f"{self.row(number)} = {found}[0]")
            made = self.object(item, number, path, here + 1)
            self.put(here + 1, f"{t} = {made}")
        if not s.nullable:
            self.put(deep, f"if {seen} is None: fail({tup(path)})")
        return t

    def single(self, s: Single, level: int, path: Path, deep: int) -> str:
        t, found = self.temp(), self.temp("found")
        self.put(deep, f"{t} = None")
        self.put(deep, f"{found} = {self.source(s.level, s.by, level)}")
        self.put(deep, f"if {found}:")
        self.put(deep + 1, f"{self.row(s.level)} = {found}[0]")
        made = self.value(s.item, s.level, path, deep + 1)
        self.put(deep + 1, f"{t} = {made}")
        if not s.nullable:
            self.put(deep, f"else: fail({tup(path)})")
        return t


def tup(path: Path) -> str:
    return "(" + "".join(p + ", " for p in path) + ")"


def id_of(kind: str) -> Callable[[ids.Key], str]:
    return lambda key: ids.id_of(kind, key)


def source_of(root: Object, widths: list[int], cursors: Cursors) -> tuple[str, dict[str, Any]]:
    code = Code(widths, cursors)
    code.put(0, "def write(rows, more, fixed, fail, derive, opened):")
    if widths:
        code.put(1, "(" + "".join(f"r{n}, " for n in range(len(widths))) + ") = rows")
    made = code.object(root, -1, (), 1)
    code.put(1, f"return {made}")
    return "\n".join(code.lines), code.names


def writer(root: Object, widths: list[int], cursors: Cursors) -> Write:
    source, names = source_of(root, widths, cursors)
    exec(compile(source, "<plan>", "exec"), names)  # noqa: S102  # our own text: numbers and quoted names, no values
    made: Write = names["write"]
    return made
