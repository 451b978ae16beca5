"""`/ledger/openings/<index>`: what was sealed in an entry, for its two ends and, case by case, for an auditor.

Promise: one entry a request; what is hidden and what is not there are 404 alike.
Rules: a province needs `referrals:read`, an auditor `ledger:read`, the purpose `audit` and `?reason=` from the list.
Who needs one value names it: `&name=risk`, again for more; the others are then not shown.
Elsewhere: who may see what, and the trace of it, `operations.disclosures`; the bundles themselves, `api.ledger_files`.
"""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api.evidence import NUMBER, PRIVATE
from api.ledger_files import Admit, missing
from auth.principals import Principal
from auth.refusals import Forbidden
from casework.parties import Kind, kind_of
from ledger import canonical
from operations import disclosures
from operations.desks import Desk
from operations.disclosures import Disclosure, Reason

NAME = re.compile("[a-z][a-z_]{0,40}")
PURPOSE = "audit"


def routes(desk: Desk, admit: Admit) -> list[BaseRoute]:
    """The one route."""

    async def shown(request: Request) -> Response:
        principal = await admit(request, "")
        audits = _require(principal)
        named, reason = request.path_params["index"], request.query_params.get("reason")
        if audits and reason not in list(Reason):
            return PlainTextResponse(f"reason: one of {', '.join(Reason)}\n", status_code=400)
        if not NUMBER.fullmatch(named):
            return missing()
        why = Reason(str(reason)) if audits else None
        names = frozenset(request.query_params.getlist("name"))
        if not all(NAME.fullmatch(each) for each in names):
            return missing()
        found = await disclosures.disclose(desk, principal, index=int(named), reason=why, names=names or None)
        return missing() if found is None else JSONResponse(document(found), 200, PRIVATE)

    return [Route("/ledger/openings/{index}", shown, methods=["GET"])]


def _require(principal: Principal) -> bool:
    """Whether an auditor asks; raises `Forbidden` for one who may not."""
    if kind_of(principal.party) is Kind.PROVINCE:
        principal.require("referrals:read")
        return False
    principal.require("ledger:read")
    if kind_of(principal.party) is not Kind.AUDITOR or principal.purpose != PURPOSE:
        raise Forbidden(frozenset({"ledger:read"}))
    return True


def document(shown: Disclosure) -> dict[str, object]:
    """As `estafet audit` reads it: each value as the JSON text that was committed to."""
    return {
        "statement": shown.statement,
        "index": shown.index,
        "openings": [
            {"name": each.name, "value": canonical.encode(each.value).decode(), "salt": each.salt.hex()}
            for each in shown.openings
        ],
    }
