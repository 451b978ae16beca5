"""The table of who is shown what, read and compared.

Promise: what is wrong is told field by field, with the row that would be right, whichever of the two is at fault.
Elsewhere: the table, `authorisation.toml`; what is shown, `tests.api.sights`.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.api.sights import CALLERS, OBJECTS, Instance, Seen, fields

FILE = Path(__file__).with_name("authorisation.toml")
WHERE = "tests/api/authorisation.toml"
LIST, ROAD = "list", "road"
NODE = ("Query", "node")  # the way to everything that has an id: told of there


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A field: who is shown it, in which states (None: in all), or a word for what it goes with; its scopes."""

    word: str
    callers: Mapping[str, frozenset[str] | None]
    needs: frozenset[str]

    def shows(self, caller: str, state: str) -> bool:
        states = self.callers.get(caller, frozenset())
        return states is None or state in states


def table() -> dict[tuple[str, str], Row]:
    """By type and field."""
    told = tomllib.loads(FILE.read_text())
    found = {}
    for type_, rows in told["types"].items():
        for name, row in rows.items():
            if name != "needs":
                own = "" if name == "id" and type_ in OBJECTS else rows.get("needs", "")
                found[type_, name] = _row(told, row, own)
    return found


def acts() -> dict[str, Row]:
    """By mutation."""
    told = tomllib.loads(FILE.read_text())
    return {name: _row(told, row, "") for name, row in told["acts"].items()}


def _row(told: Mapping[str, Mapping[str, str]], row: str, own: str) -> Row:
    word, _, extra = (part.strip() for part in row.partition(";"))
    needs = (told["scopes"].get(scope, scope) for scope in f"{own} {extra}".split())
    callers = {} if word in (LIST, ROAD) else told_of(told["callers"].get(word, word))
    return Row(word=word, callers=callers, needs=frozenset(needs))


def told_of(text: str) -> dict[str, frozenset[str] | None]:
    """`sender receiver:ACCEPTED,COMPLETED`, read."""
    callers: dict[str, frozenset[str] | None] = {}
    for each in text.split():
        caller, _, states = each.partition(":")
        if caller not in CALLERS:
            raise ValueError(f"{WHERE}: {caller} is neither a caller nor one of [callers]")
        callers[caller] = frozenset(states.split(",")) if states else None
    return callers


def missing(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Fields without a row, and rows without a field."""
    there, said = {(type_, name) for type_, name, _ in fields() if type_ != "Mutation"}, set(rows)
    return [
        *(f'add to [types.{t}]:  {n} = "nobody"  and whoever may be shown it' for t, n in sorted(there - said)),
        *(f"there is no field {t}.{n}: take its row out" for t, n in sorted(said - there)),
    ]


def differences(seen: Seen) -> list[str]:
    """Where callers are shown another thing than their row says."""
    told = []
    for (type_, name), row in sorted(table().items()):
        instances = seen.of.get((type_, name), {})
        if not instances and (type_, name) != NODE:
            told.append(f"{type_}.{name} is shown to nobody: let tests/operations/states.py make one that is there")
        elif row.word not in (LIST, ROAD) and (wrong := _wrong(row, instances)):
            told.append(f'{type_}.{name} = "{row.word}", but {"; ".join(wrong)}. As it is: "{_as_it_is(instances)}"')
    return told


def _wrong(row: Row, instances: Mapping[Instance, tuple[str, set[str]]]) -> list[str]:
    told = [
        f"{caller} {'is' if sees else 'is not'} shown it {'' if state == 'ANY' else 'in ' + state}".strip()
        for state, callers in instances.values()
        for caller in CALLERS
        for sees in [caller in callers]
        if sees != row.shows(caller, state)
    ]
    seen = set().union(*(callers for _, callers in instances.values()))
    told += [f"{caller} is never shown it" for caller in row.callers if caller not in seen]
    return list(dict.fromkeys(told))


def _as_it_is(instances: Mapping[Instance, tuple[str, set[str]]]) -> str:
    possible = {state for state, _ in instances.values()}
    told = []
    for caller in CALLERS:
        states = {state for state, callers in instances.values() if caller in callers}
        if states:
            told.append(caller if states == possible else f"{caller}:{','.join(sorted(states))}")
    return " ".join(told)
