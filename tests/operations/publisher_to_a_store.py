"""A publisher to an object store, in a process that somebody else kills while the store keeps it waiting.

Promise: the code that runs is the service's own.
Run by `tests/operations/test_publishing_to_stores.py`, which tells everything on standard input.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from database import addresses, engines, places
from operations import publishing


async def run(told: dict[str, Any]) -> None:
    databases = await engines.open_databases(addresses.derive(told["url"]))
    shelf = places.shelf(Path("unused"), told["store"], None, endpoint=told["endpoint"])
    await publishing.publish(databases, shelf, log=SigningKey(bytes.fromhex(told["log"])), origin=told["origin"])


if __name__ == "__main__":
    asyncio.run(run(json.load(sys.stdin)))
