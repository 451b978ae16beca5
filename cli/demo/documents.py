"""The GraphQL documents of the story: what a province's own software would send.

Promise: each is one call, and asks for no more than the story shows.
Elsewhere: the language, schema/schema.graphql.
"""

from typing import Final

ERRORS: Final = "errors { __typename code message path }"
ENTRY: Final = "entry { index statement leaf at state receipt }"

OPEN_CASE: Final = f"""
mutation($input: OpenCaseInput!) {{
  openCase(input: $input) {{ case {{ id number status version person {{ identity {{ fullName }} }} }} {ERRORS} }}
}}"""

ASSESS_CASE: Final = f"""
mutation($input: AssessCaseInput!) {{
  assessCase(input: $input) {{ case {{ id status risk vulnerabilities version }} {ERRORS} }}
}}"""

PREPARE: Final = f"""
mutation($input: PrepareStatementInput!) {{
  prepareStatement(input: $input) {{
    preparedStatement {{
      payloadType payload bytesToSign statementId expiresAt sentence openings {{ name value salt }}
    }}
    {ERRORS}
  }}
}}"""

REFERRAL: Final = "referral { id status version termAcknowledge termDecide }"
HANDOVER: Final = f"""handover {{
      id status version agrees
      conditionAtRelease {{ consciousness mobility injury illness nutrition mental }}
      conditionAtReceipt {{ consciousness mobility injury illness nutrition mental }}
    }} {REFERRAL}"""

ACTS: Final = {
    "sendReferral": REFERRAL,
    "acknowledgeReferral": REFERRAL,
    "acceptReferral": REFERRAL,
    "certifyFitness": f"certificate {{ id fitness }} {REFERRAL}",
    "releaseHandover": HANDOVER,
    "receiveHandover": HANDOVER,
    "answerDiscrepancy": "handover { id obligations { kind state dueAt endedAt } }",
}

LOOK: Final = """
query($referral: ID!) {
  referral(id: $referral) {
    status
    preview { ageBand sex category protection }
    case { number person { initials identity { fullName nik } } }
  }
}"""

STRANGER: Final = """
query($case: ID!, $referral: ID!, $handover: ID!) {
  case(id: $case) { number }
  referral(id: $referral) { status }
  handover(id: $handover) { status }
  referrals(first: 100) { edges { node { id } } totalCount }
}"""

OWED: Final = """
query($at: DateTime!) {
  obligationSummary(asOf: $at) { rows { party { code name } open met metLate breached waived paused } }
}"""

NODE: Final = "query($id: ID!) { node(id: $id) { __typename id } }"


def act(mutation: str) -> str:
    """The document of a statement act."""
    return f"""
mutation($input: StatementInput!) {{
  {mutation}(input: $input) {{ {ACTS[mutation]} {ENTRY} {ERRORS} }}
}}"""
