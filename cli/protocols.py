"""What the server speaks on a connection: uvicorn's protocols, with the bounds that it does not have.

Promise: nobody holds a connection by saying nothing, half a request, or a request byte by byte; and on no websocket
anything piles up for who does not read.
Rules: a request must be there whole, head and body, within `patience` from when the connection was made or its last
answer was given. uvicorn's `timeout_keep_alive` begins after the first answer and ends with the first byte after it;
its `limit_concurrency` counts the silent and turns the others away.
Elsewhere: how long a websocket may be silent, `api.sockets`; how long a body may be, `api.questions`.
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_COMING = (h11.IDLE, h11.SEND_BODY)  # what they are doing while their request is not whole


class Requests(H11Protocol):
    """HTTP that waits for a request so long and no longer."""

    patience = 30.0  # seconds: the longest body comes in them at 27 kbit/s
    _since: float | None = None  # we wait; None: a request is there, and they wait
    _look: asyncio.TimerHandle | None = None  # one a connection, not one a request

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait."""
        super().connection_made(transport)
        self._note()
        self._look = self.loop.call_later(self.patience, self._looked)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody to wait for."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """After every piece that came, and after an answer what had come in the meantime."""
        super().handle_events()
        self._note()

    def _note(self) -> None:
        if self.conn.their_state not in _COMING:
            self._since = None
        elif self._since is None:
            self._since = self.loop.time()

    def _looked(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:  # now a websocket
            return
        waited = 0.0 if self._since is None else self.loop.time() - self._since
        if waited < self.patience:
            self._look = self.loop.call_later(self.patience - waited, self._looked)
        else:
            self.transport.abort()  # `close` would first wait until they have read what was written


class Sockets(WebSocketsSansIOProtocol):
    """Websockets on which nothing piles up for who does not read, not even the answers to pings."""

    def handle_ping(self) -> None:
        """The one thing that uvicorn writes without waiting for the network; left out while it is full."""
        pong = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self.transport.write(pong)
