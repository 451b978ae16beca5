"""Who is asking: the OAuth 2 authorization server and the judge of every token and proof of possession.

Promise: whoever gets past this room is a `Principal` whose party comes from the register of clients and never from the
request. One profile, designed to FAPI 2.0 Security Profile and RFC 9700, with no unsafe switch.
Rules: deciding code takes the time as `at`; no token, assertion or key is ever logged; what fails, fails closed.
Elsewhere: HTTP routes in `api.oauth`; what a party may see of the rows, row security in `database`.
"""
