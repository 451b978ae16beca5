"""The writer's code for connections: edges, facts of the page, count.

Promise: every fact of a page is of the rows that are told: the look-ahead row was cut off before writing.
Rules: `more[n]` tells for a level whether there was one row more: a truth at the root, else the parents' keys.
Elsewhere: everything else that is written, `writers`; cutting, `rows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from .shapes import Constant, Count, Cursor, Edges, Fact, Info, Object, Page

if TYPE_CHECKING:
    from .writers import Code, Path


def page(code: Code, s: Page, level: int, path: Path, deep: int) -> str:
    p = code.temp("p")
    if any(isinstance(part, Edges | Info) for part in s.parts):
        code.put(deep, f"{p} = {code.source(s.level, s.by, level)}")
    made = [(part.key, _part(code, s, part, p, level, (*path, repr(part.key)), deep), part.loose) for part in s.parts]
    return code.whole(made, deep)


def _part(code: Code, s: Page, part: Constant | Edges | Info | Count, p: str, level: int, path: Path, deep: int) -> str:
    match part:
        case Constant():
            return repr(part.value)
        case Edges():
            return code.each(
                s.level, p, path, deep, any(n.loose for n in part.nodes), lambda q, d: _edge(code, part, s.level, q, d)
            )
        case Info():
            return _info(code, s, part, p, level)
        case Count():
            counted = f"r{part.level}"
            return f"{counted}[0][1]" if s.by is None else f"({counted}.get(a{level}_{s.by}) or ZERO)[0][1]"
    assert_never(part)


def _edge(code: Code, s: Edges, level: int, path: Path, deep: int) -> str:
    made = [(n.key, _node(code, n, level, (*path, repr(n.key)), deep), n.loose) for n in s.nodes]
    return code.whole(made, deep)


def _node(code: Code, n: Constant | Cursor | Object, level: int, path: Path, deep: int) -> str:
    match n:
        case Cursor():
            seal = code.named("cursor", code.cursors.sealer(n.name))
            return f"{seal}({', '.join(f'a{level}_{slot}' for slot in n.slots)})"
        case Constant():
            return repr(n.value)
        case Object():
            return code.object(n, level, path, deep)
    assert_never(n)


def _info(code: Code, s: Page, info: Info, p: str, level: int) -> str:
    seal = code.named("cursor", code.cursors.sealer(info.name))
    return "{" + ", ".join(f"{f.key!r}: {_fact(s, f, info, p, level, seal)}" for f in info.facts) + "}"


def _fact(s: Page, fact: Fact, info: Info, p: str, level: int, seal: str) -> str:
    if fact.value is not None:
        return repr(fact.value)
    if fact.end is not None:
        place = ", ".join(f"{p}[{fact.end}][{slot}]" for slot in info.slots)
        return f"({seal}({place}) if {p} else None)"
    told = []
    if fact.more:
        told.append(f"more[{s.level}]" if s.by is None else f"a{level}_{s.by} in more[{s.level}]")
    if fact.beyond is not None:
        told.append(f"bool(r{fact.beyond})" if s.by is None else f"a{level}_{s.by} in r{fact.beyond}")
    return f"({' or '.join(told)})" if told else "False"
