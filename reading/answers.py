"""From a question to the bytes of its answer.

Promise: `answer` gives a whole GraphQL response; a question whose scopes are missing is refused before any statement;
nobody's rows but the asker's party's are read.
Rules: one short transaction for each answer, over before its bytes leave; none where nothing is kept in the database.
What a row lacks becomes an error with its path; an error that the caller already has for a path is not told twice.
Elsewhere: plans, `plans`; running root fields of mutations, `schema` and `api`; status and headers, `api`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, OperationDefinitionNode, SelectionSetNode, execute_sync

from database import spans
from database.vaults import Away

from . import rows, seals
from .asking import Asking, missing
from .levels import Given, Level
from .plans import Question
from .refusals import Code, missing_scopes, plainly, refused, unreadable
from .seals import Opener
from .snapshots import Pool, snapshot

OPTIONS = orjson.OPT_UTC_Z
Errors = Sequence[Mapping[str, Any]]


def admit(question: Question, scopes: frozenset[str]) -> None:
    """refuses a question, and with it the act it asks for, unless all its scopes are held"""
    lacking = missing(question.scopes, scopes)
    if lacking:
        raise missing_scopes(lacking)


async def answer(
    question: Question, asking: Asking, pool: Pool, handed: Mapping[str, object] | None = None, errors: Errors = (),
    extensions: Mapping[str, object] | None = None,
) -> bytes:  # fmt: skip
    """the response as JSON; `handed` and `errors` are what running the root fields of a mutation left"""
    admit(question, asking.scopes)
    with spans.step("database"):
        found = await read(question, Given(asking, question.arguments, handed or {}, question.digest), pool)
    with spans.step("opening"):
        data, failures = told(question, asking, found, await opener(question, asking, found))
    return body(data, [*errors, *(f for f in failures if not covered(f, errors))], extensions)


async def read(question: Question, given: Given, pool: Pool) -> rows.Found:
    if not any(isinstance(level, Level) for level in question.plan.levels):
        return await rows.of(question.plan.levels, given, unasked)
    async with snapshot(pool, given.asking, trailed=bool(question.plan.sealed)) as connection:
        return await rows.of(question.plan.levels, given, lambda sql, values: connection.fetch(sql, *values))


async def unasked(sql: str, values: list[Any]) -> list[Any]:
    raise AssertionError("no level of this plan has a statement")


async def opener(question: Question, asking: Asking, found: rows.Found) -> Opener:
    """the keys of those of whom something sealed is told"""
    if not question.plan.sealed:
        return Opener({})
    try:
        return Opener(await asking.keys(seals.persons(question.plan.levels, found)))
    except Away:
        message = "Penyimpanan kunci tidak terjangkau / The key store cannot be reached: nothing sealed can be told"
        raise refused(Code.KEYS_AWAY, message) from None


def told(
    question: Question, asking: Asking, found: rows.Found, opened: Opener
) -> tuple[Any, list[Mapping[str, Any]]]:  # fmt: skip
    failures: list[Mapping[str, Any]] = []
    fixed, troubles = introspected(question)
    data = question.plan.write(
        found.rows, found.more, fixed, lambda path: failures.append(unreadable(path)), asking.derive, opened
    )
    return data, [*failures, *troubles]


def introspected(question: Question) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """the root fields that graphql-core answers; without variables they are answered once for a plan"""
    plan = question.plan
    if not plan.fixed or plan.told:
        return plan.told, []
    result = executed(question)
    trouble: list[Mapping[str, Any]] = [
        plainly(e) if e.original_error is None else unreadable(tuple(e.path or ())) for e in result.errors or ()
    ]
    data = result.data or dict.fromkeys(plan.fixed)
    if not question.operation.variable_definitions and not trouble:
        plan.told.update(data)
    return data, trouble


def executed(question: Question) -> ExecutionResult:
    operation, document = question.operation, question.document
    asked = [d.node for details in question.plan.fixed.values() for d in details]
    alone = OperationDefinitionNode(
        operation=operation.operation, name=None, directives=(),
        variable_definitions=operation.variable_definitions, selection_set=SelectionSetNode(selections=tuple(asked)),
    )  # fmt: skip
    fragments = [d for d in document.definitions if not isinstance(d, OperationDefinitionNode)]
    only = DocumentNode(definitions=(alone, *fragments))
    return execute_sync(question.schema, only, variable_values=dict(question.variables))


def covered(failure: Mapping[str, Any], errors: Errors) -> bool:
    """does an error that is already told explain this one?"""
    path = list(failure.get("path") or ())
    return any(path[: len(e["path"])] == list(e["path"]) for e in errors if e.get("path"))


def body(data: Any, errors: Errors, extensions: Mapping[str, object] | None = None) -> bytes:
    told = {"data": data, "errors": list(errors)} if errors else {"data": data}
    return orjson.dumps({**told, "extensions": extensions} if extensions else told, option=OPTIONS)
