"""Bodies by the tables of F7, read from the text: which fields a kind has, and what each may hold."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.ledger.second_audit.texts import Broken, Wrong, canonical, instant, section

F7 = section("F7", "F8")
Body = dict[str, Any]


def _rows(columns: int) -> Iterator[list[str]]:
    for line in F7.splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == columns and not set("".join(cells)) <= set("-| "):
            yield cells


def _names(cell: str) -> list[str]:
    return re.findall("`([^`]+)`", cell)


KINDS: dict[str, dict[str, Any]] = {
    _names(kind)[0]: {"signer": signer, "fields": _names(fields), "sealed": _names(sealed)}
    for kind, signer, fields, sealed in _rows(4)
    if kind.startswith("`")
}
SIGNERS = {signer: {"party": party, "key": key} for signer, party, key in _rows(3) if signer.isupper()}
FORMS = {name: form for names, form in _rows(2) if names.startswith("`") for name in _names(names)}
OBLIGATIONS = re.findall(r"(?m)^\| `([a-z.]+)` \|(?:[^|\n]*\|){6}$", section("O1", "O2"))
COMMON = re.findall("`([a-z_]+)`", F7.split("Common to all are")[1].split(".")[0])


def read(payload: bytes, value: Any) -> Body:
    """The body, in order: V1 (its canonical form), then V15."""
    if canonical(value) != payload:
        raise Wrong("V1", "NOT_CANONICAL")
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise Wrong("V15", "KIND_UNKNOWN")
    row = KINDS[kind]
    signer = SIGNERS[row["signer"]]
    forms = {name: signer.get(name) or _form(name, kind) for name in [*COMMON, *row["fields"]]}
    if row["sealed"]:
        forms["sealed"] = "sealed " + " ".join(f"`{name}`" for name in row["sealed"])
    try:
        _object(value, forms)
    except Broken as broken:
        raise Wrong("V15", "BODY_INVALID") from broken
    if len(payload) % 256:
        raise Wrong("V15", "PAD_WRONG")
    found: Body = value
    return found


def _form(name: str, kind: str) -> str:
    return FORMS[name] + (" or null" if (name, kind) == ("until", "key.added") else "")


def _object(value: Any, forms: dict[str, str]) -> None:
    if not isinstance(value, dict) or set(value) != set(forms):
        raise Broken("not these fields")
    for name, form in forms.items():
        _hold(value[name], form)


def _hold(value: Any, form: str) -> None:
    if form.endswith(" or null"):
        if value is None:
            return
        form = form.removesuffix(" or null")
    sort = next(sort for sort in HELD if form.startswith(sort))
    if not HELD[sort](value, form):
        raise Broken(f"not {form}")


def _numbers(form: str) -> list[int]:
    return [int(number.replace(",", "")) for number in re.findall("[0-9][0-9,]*", form.split(", each")[0])]


def _integer(value: Any, form: str) -> bool:
    least, most = _numbers(form)
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _record(value: Any, form: str) -> bool:
    _object(value, {name.split()[-1]: FORMS[name] for name in _names(form)})
    return True


def _sealed(value: Any, form: str) -> bool:
    _object(value, dict.fromkeys(_names(form), FORMS["sealed"]))
    return True


def _listed(value: Any, form: str) -> bool:
    least, most = _numbers(form)
    if not isinstance(value, list) or not least <= len(value) <= most:
        return False
    for member in value:
        _hold(member, form.split(", each ")[1])
    return True


HELD: dict[str, Callable[[Any, str], bool]] = {
    "text": lambda value, form: isinstance(value, str) and re.fullmatch(_names(form)[0], value) is not None,
    "one of": lambda value, form: isinstance(value, str) and value in _names(form),
    "the kind": lambda value, _: isinstance(value, str),
    "a kind of O1": lambda value, _: isinstance(value, str) and value in OBLIGATIONS,
    "integer": _integer,
    "boolean": lambda value, _: isinstance(value, bool),
    "null": lambda value, _: value is None,
    "instant": lambda value, _: instant(value) is not None,
    "object of": _record,
    "sealed": _sealed,
    "list of": _listed,
}
