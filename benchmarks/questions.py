"""What is asked of every contestant, each in its own words, and what all of them must have answered.

Promise: `told` brings any contestant's answer into one form, in which equal data are equal: names, order, instants.
Rules: a page is the newest fifty closed cases with their persons, up to three referrals of each with their receivers,
and the handovers of those: three levels of lists. A single case is everything that a case says of itself, its person
and its province.
Elsewhere: who is asked, `benchmarks.entrants`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from reading.ids import id_of

PAGE: dict[str, object] = {"first": 50, "status": "CLOSED"}
PAGE_OF_ESTAFET = """query Page($first: Int!, $status: CaseStatus) {
  cases(first: $first, filter: { status: $status }) { edges { node {
    number status category risk openedAt person { initials sex }
    referrals(first: 3) { edges { node { status sentAt decidedAt to { code name }
      handovers { status releasedAt settledAt agrees } } } } } }
  pageInfo { hasNextPage } } }"""
CASE_OF_ESTAFET = """query One($id: ID!) { case(id: $id) {
  number status category vulnerabilities risk outcome openedAt assessedAt closedAt version
  responsible { code name } person { initials sex } } }"""
PAGE_OF_POSTGRAPHILE = """query Page($first: Int!, $status: String) {
  allCaseFiles(first: $first, condition: { status: $status }, orderBy: [OPENED_AT_DESC, ROW_ID_DESC]) {
  nodes { number status category risk openedAt person: personByPersonIdAndParty { initials sex }
    referrals: referralsByCaseIdAndFromParty(first: 3, orderBy: [SENT_AT_DESC, ROW_ID_DESC]) { nodes {
      status sentAt decidedAt to: partyByToParty { code name }
      handovers: handoversByReferralIdAndCaseId(orderBy: [RELEASED_AT_ASC, ROW_ID_ASC]) { nodes {
        status releasedAt settledAt agrees } } } } }
  pageInfo { hasNextPage } } }"""
CASE_OF_POSTGRAPHILE = """query One($id: UUID!) { case: caseFileByRowId(rowId: $id) {
  number status category vulnerabilities risk outcome openedAt assessedAt closedAt version
  responsible: partyByParty { code name } person: personByPersonIdAndParty { initials sex } } }"""
PAGE_BY_HAND = """query Page($first: Int!, $status: String!) { cases(first: $first, status: $status) {
  nodes { number status category risk openedAt person { initials sex }
    referrals(first: 3) { status sentAt decidedAt to { code name } handovers { status releasedAt settledAt agrees } } }
  pageInfo { hasNextPage } } }"""
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """How one kind of contestant is asked."""

    page: Mapping[str, object]
    case: Callable[[str], Mapping[str, object]]  # of an id in hex digits
    cases: str  # under which name the page is


def graphql(page: str, case: str, *, cases: str = "cases", id: Callable[[str], str] = str) -> Tongue:
    return Tongue(
        page={"query": page, "variables": PAGE},
        case=lambda key: {"query": case, "variables": {"id": id(key)}},
        cases=cases,
    )


def _dashed(key: str) -> str:
    return "-".join((key[:8], key[8:12], key[12:16], key[16:20], key[20:]))


ESTAFET = graphql(PAGE_OF_ESTAFET, CASE_OF_ESTAFET, id=lambda key: id_of("Case", key))
POSTGRAPHILE = graphql(PAGE_OF_POSTGRAPHILE, CASE_OF_POSTGRAPHILE, cases="allCaseFiles", id=_dashed)
BY_HAND = graphql(PAGE_BY_HAND, CASE_OF_ESTAFET, id=_dashed)
BARE = Tongue(page=PAGE, case=lambda key: {"id": key}, cases="cases")


def told(answer: bytes, tongue: Tongue) -> object:
    """The data of an answer in one form; an answer with errors, or without data, ends the run."""
    found: Any = orjson.loads(answer)
    if not isinstance(found, dict) or found.get("errors"):
        raise SystemExit(f"no answer: {answer[:500]!r}")
    data = found.get("data", found)
    if tongue.cases in data:
        page = data[tongue.cases]
        more = data["hasNextPage"] if "hasNextPage" in data else page["pageInfo"]["hasNextPage"]
        return {"cases": _plain(page), "hasNextPage": more}
    return _plain(data.get("case", data))


def _plain(value: Any) -> Any:
    """Connections as lists, instants as instants."""
    if isinstance(value, dict):
        if "nodes" in value:
            return _plain(value["nodes"])
        if "edges" in value:
            return [_plain(each["node"]) for each in value["edges"]]
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return datetime.fromisoformat(value)
    return value
