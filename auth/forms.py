"""OAuth requests as they arrive: one form, read strictly.

Promise: `parse` gives each parameter once, or raises `FormRefused` with the code and status of RFC 6749 section 5.2.
Rules: POST, `application/x-www-form-urlencoded`, UTF-8, a body of at most 16 KB, nothing in the query string; a
repeated parameter is an error, an empty one counts as left out (RFC 6749 section 3.2).
Elsewhere: what the parameters mean, `auth.grants`; how the bytes come in, `api.oauth`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from auth import headers as lines

LONGEST_BODY: Final = 16_384
_TYPE: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request to an OAuth endpoint, free of any framework."""

    method: str
    path: str
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    address: str  # the peer's, for limits on failures


class FormRefused(ValueError):
    """A request that is not a proper form; `str()` says why."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def parse(call: Call) -> Mapping[str, str]:
    """The parameters of a form."""
    if call.method != "POST":
        raise FormRefused("use POST", status=405)
    if call.query:
        raise FormRefused("parameters belong into the body, not into the URL")
    if len(call.body) > LONGEST_BODY:
        raise FormRefused(f"the body may be {LONGEST_BODY} bytes long", status=413)
    _check_type(call)
    try:
        text = call.body.decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise FormRefused("the body is not a form in UTF-8, or has too many parameters") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise FormRefused("a parameter is repeated")
    if any(not character.isprintable() for name, value in pairs for character in name + value):
        raise FormRefused("a parameter holds a character that is not printable")
    return {name: value for name, value in pairs if value}


def _check_type(call: Call) -> None:
    try:
        said = lines.one(call.headers, "Content-Type")
    except lines.Malformed as error:
        raise FormRefused(str(error), status=415) from error
    kind, _, parameters = said.lower().partition(";")
    if kind.strip() != _TYPE or parameters.strip() not in ("", "charset=utf-8", 'charset="utf-8"'):
        raise FormRefused(f"the content type must be {_TYPE}", status=415)
