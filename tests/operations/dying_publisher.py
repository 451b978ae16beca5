"""A publisher in a process that kills itself when a file is written but does not stand in its place yet.

Promise: the code that runs is the service's own; only here is it wrapped, and only to die.
Run by `tests/operations/test_publishing.py`, which tells everything on standard input.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from database import addresses, engines
from database.shelves import Folder
from operations import publishing


async def run(told: dict[str, Any]) -> None:
    databases = await engines.open_databases(addresses.derive(told["url"]))
    shelf = Folder(root=Path(told["root"]))
    wound(shelf.root / told["at"])
    await publishing.publish(databases, shelf, log=SigningKey(bytes.fromhex(told["log"])), origin=told["origin"])


def wound(place: Path) -> None:
    replace = Path.replace

    def dying(self: Path, target: Path) -> Path:
        if target == place:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(self, target)

    Path.replace = dying  # type: ignore[method-assign,assignment]  # to die in it


if __name__ == "__main__":
    asyncio.run(run(json.load(sys.stdin)))
