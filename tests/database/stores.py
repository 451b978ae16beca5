"""An object store for tests: moto's server on loopback, and a way to it that can be cut, slow or lossy.

Promise: what goes wrong goes wrong on the wire: bytes that never come, an answer that is lost after the store has done
what it was asked, a 500. Nothing of ours is replaced.
"""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import boto3  # type: ignore[import-untyped]  # it has no types
import httpx
from moto.server import ThreadedMotoServer

from database.buckets import Patience

SECRET = "this-secret-must-never-be-told"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIAESTAFET", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "ap-southeast-3"}
AT_ONCE = Patience(answer=timedelta(seconds=1), retries=0, in_all=timedelta(seconds=2))
REGION = "ap-southeast-3"

Mood = Literal["open", "gone", "silent", "failing", "deaf", "halving"]
"""What the way does: nothing; refuses; takes and never answers; answers 500; delivers and loses the answer, closing;
delivers half of what is written, and closes."""


@contextmanager
def serving() -> Iterator[str]:
    """moto's server, with nothing in it; its address. What it keeps, it keeps for the whole process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        httpx.post(f"http://{host}:{port}/moto-api/reset").raise_for_status()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def administrator(address: str):  # type: ignore[no-untyped-def]  # boto3 has no types
    """The store as who owns it sees it."""
    return boto3.client(
        "s3", endpoint_url=address, region_name=REGION, aws_access_key_id="owner", aws_secret_access_key=SECRET
    )


def make(address: str, bucket: str) -> None:
    """A new bucket."""
    administrator(address).create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})


@contextmanager
def credentials() -> Iterator[None]:
    """The standard names in the environment, as an operator sets them."""
    before = {name: os.environ.get(name) for name in ENVIRONMENT}
    os.environ.update(ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@dataclass(slots=True)
class Way:
    """A way to a server, one connection for each request; `path` narrows the mood to requests that name it."""

    port: int  # of the server
    mood: Mood = "open"
    path: bytes = b""
    method: bytes = b""
    seen: list[bytes] = field(default_factory=list)
    _socket: socket.socket = field(default_factory=socket.socket)
    _closed: bool = False

    @property
    def address(self) -> str:
        """What to ask instead of the server."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @contextmanager
    def laid(self) -> Iterator["Way"]:
        """The way, while the block lasts."""
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(50)
        threading.Thread(target=self._accept, daemon=True).start()
        try:
            yield self
        finally:
            self._closed = True
            self._socket.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(connection,), daemon=True).start()

    def _carry(self, connection: socket.socket) -> None:
        with closing(connection), suppress(OSError, ValueError):
            connection.settimeout(5)
            request = _request(connection)
            line = request.split(b"\r\n", 1)[0]
            self.seen.append(line)
            mood = self.mood if self.path in line and line.startswith(self.method) else "open"
            if mood == "gone":
                return
            if mood == "silent":
                connection.recv(1)
            elif mood == "failing":
                connection.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            elif mood == "halving":
                self._ask(request[: -max(1, len(request.partition(b"\r\n\r\n")[2]) // 2)])
            else:
                answer = self._ask(request)
                if mood == "open":
                    connection.sendall(answer)

    def _ask(self, request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as server:
            server.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
            server.shutdown(socket.SHUT_WR)
            answer = b""
            while part := server.recv(65536):
                answer += part
        return answer


def _request(connection: socket.socket) -> bytes:
    """One whole request."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            raise ValueError("they left")
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
