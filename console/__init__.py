"""The web console: static pages that speak to the public API like any other program, with no private doors.

Promise: what a browser is given is one static bundle; nothing in it is made per request, so that its digest can be
published and what officers run can be compared with what was reviewed.
Rules: imports nothing of ours, loads nothing from third parties, and is served under a strict content policy.
Elsewhere: the routes that serve it, `api/pages.py`.
"""
