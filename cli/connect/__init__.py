"""The sidecar: a door on this machine alone, through which any software speaks to the service as one client.

Promise: what comes in by plain HTTP or websocket goes on with a token and a proof of possession; nothing that was given
here as a credential goes on, and no page in a browser gets in unless its origin was named.
Elsewhere: `doors` says who gets in, `roads` what goes on and how, `upstreams` and `sockets` carry it, `desks` signs and
sends acts that may wait, `commands` is the command.
"""
