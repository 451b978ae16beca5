"""The door: routes, GraphQL over HTTP, public ledger files, health; it speaks HTTP and decides nothing about casework.

Promise: bad input gets a clear answer of the right kind before any work is done for it; an unexpected fault is masked,
given a number, and told in full only to the operator's log.
Elsewhere: who is asking (`auth`), the public language (`schema`), answers (`reading`), acts (`operations`).
"""
