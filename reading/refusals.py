"""Why a whole request gets no data: the errors that `reading` tells, with the code a client can act on.

Promise: what is refused here was refused before any statement ran, or before anything of its rows was told.
Rules: a message is Indonesian first, then English; graphql-core's own messages (syntax, validation, variables) are
passed on in English, without the values that they quote.
Elsewhere: the status of the HTTP answer, `api`; refusals of acts, which are data, `operations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from graphql import GraphQLError


class Code(StrEnum):
    BAD_REQUEST = "BAD_REQUEST"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    INSUFFICIENT_SCOPE = "INSUFFICIENT_SCOPE"
    DOCUMENT_NOT_FOUND = "DOCUMENT_NOT_FOUND"
    TRUSTED_DOCUMENT_REQUIRED = "TRUSTED_DOCUMENT_REQUIRED"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    KEYS_AWAY = "KEYS_AWAY"
    INTERNAL = "INTERNAL"


class Refused(Exception):
    """the request, not one field of it, is wrong"""

    def __init__(self, code: Code, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(code, errors)
        self.code = code
        self.errors = errors


def refused(code: Code, message: str, **details: object) -> Refused:
    return Refused(code, [{"message": message, "extensions": {"code": code.value, **details}}])


def of_graphql(code: Code, errors: Iterable[GraphQLError]) -> Refused:
    """what is said word for word of several places is told once, with all of them"""
    told: dict[str, dict[str, Any]] = {}
    for error in errors:
        plain = plainly(error)
        before = told.get(plain["message"])
        if before is None:
            told[plain["message"]] = {**plain, "extensions": {"code": code.value}}
        elif "locations" in plain:
            before["locations"] = [*before.get("locations", ()), *plain["locations"]]
    return Refused(code, list(told.values()))


VALUES = (
    (re.compile(r", but encountered error .*", re.DOTALL), "."),
    (re.compile(r", found: .*", re.DOTALL), "."),
    (re.compile(r"(cannot represent[^:]*): .*", re.DOTALL), r"\1."),
    (re.compile(r"Value '.*' does not exist", re.DOTALL), "The value does not exist"),
    (re.compile(r"((?:Unexpected|found) (?:String|BlockString|Int|Float)) .*", re.DOTALL), r"\1."),  # syntax
)


def plainly(error: GraphQLError) -> dict[str, Any]:
    """an error without the value it quotes: the value may be a name or a NIK, and errors end up in clients' logs"""
    message = error.message
    for quoted, instead in VALUES:
        message = quoted.sub(instead, message)
    return {**error.formatted, "message": message}


def missing_scopes(missing: Iterable[str]) -> Refused:
    names = sorted(missing)
    message = f"Cakupan akses kurang: {', '.join(names)} / Scopes are missing: {', '.join(names)}"
    return refused(Code.INSUFFICIENT_SCOPE, message, scopes=names)


def unreadable(path: tuple[str | int, ...]) -> dict[str, Any]:
    """one field that could not be told; which row or why would be said to somebody who may not see it"""
    message = "Nilai ini tidak dapat dibaca / This value could not be read"
    return {"message": message, "path": list(path), "extensions": {"code": Code.INTERNAL.value}}
