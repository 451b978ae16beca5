"""The access token that everything here goes on with.

Promise: one token for all requests, asked anew before it ends and once for however many ask at that moment; who leaves
while it is being asked spoils it for nobody.
Rules: what asks is the auditor's own client, in a thread of its own, one request at a time.
Elsewhere: assertions and the token endpoint, `cli.audit.clients`.
"""

import asyncio

from cli.audit.clients import Client


class Tokens:
    """The token of one client."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asking: asyncio.Task[str] | None = None

    async def current(self, seconds: float = 0) -> str:
        """A token that is good for so many seconds yet; raises `Stopped` when there is none to be had."""
        held = self._client.held(seconds)
        if held is not None:
            return held
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(asyncio.to_thread(self._client.renew))
            self._asking.add_done_callback(_looked_at)
        return await asyncio.shield(self._asking)

    def drop(self, token: str) -> None:
        """The service takes this token no longer."""
        self._client.drop(token)


def _looked_at(asking: "asyncio.Task[str]") -> None:
    """A fault that everybody who asked has left is nobody's news."""
    if not asking.cancelled():
        asking.exception()
