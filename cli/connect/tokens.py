"""The access token that everything here goes on with.

Promise: one token for all requests, asked anew before it ends and once for however many ask at that moment; who leaves
while it is being asked spoils it for nobody, and a service that does not answer keeps nobody from leaving.
Rules: what asks is the auditor's own client, in a thread of its own, one request at a time. The thread is a daemon: one
of the loop's own would be waited for when the sidecar ends.
Elsewhere: assertions and the token endpoint, `cli.audit.clients`.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

from cli.audit.clients import Client


class Tokens:
    """The token of one client."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asking: asyncio.Future[str] | None = None

    async def current(self, seconds: float = 0) -> str:
        """A token that is good for so many seconds yet; raises `Stopped` when there is none to be had."""
        held = self._client.held(seconds)
        if held is not None:
            return held
        if self._asking is None or self._asking.done():
            self._asking = aside(self._client.renew)
            self._asking.add_done_callback(_looked_at)
        return await asyncio.shield(self._asking)

    def drop(self, token: str) -> None:
        """The service takes this token no longer."""
        self._client.drop(token)


def aside(work: Callable[[], str]) -> "asyncio.Future[str]":
    """The work, in a thread that nobody waits for at the end."""
    loop = asyncio.get_running_loop()
    coming: asyncio.Future[str] = loop.create_future()

    def tell(result: str | None, fault: BaseException | None) -> None:
        if coming.done():
            return
        if fault is not None:
            coming.set_exception(fault)
        else:
            coming.set_result(result or "")

    def run() -> None:
        result, fault = None, None
        try:
            result = work()
        except BaseException as raised:
            fault = raised
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, result, fault)

    threading.Thread(target=run, name="token", daemon=True).start()
    return coming


def _looked_at(asking: "asyncio.Future[str]") -> None:
    """A fault that everybody who asked has left is nobody's news."""
    if not asking.cancelled():
        asking.exception()
