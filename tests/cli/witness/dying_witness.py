"""A witness in a process that kills itself at one step between what it is sent and its answer.

Promise: the code that runs is the witness's own; only here is it wrapped, and only to die.
Run by `tests/cli/witness/test_dying.py`, which tells everything on standard input; the answer goes to standard output.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.witness import records
from cli.witness.records import Records
from ledger import witnesses
from tests.cli.witness.logs import Clock, Growing, witness


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def after(step: Callable[..., Any]) -> Callable[..., Any]:
    def done(*given: Any, **named: Any) -> Any:
        step(*given, **named)
        die()

    return done


def wound(step: str) -> None:
    if step == "before the check":
        witnesses.require_continuing = die
    elif step == "after the check":
        Records.keep = die  # type: ignore[method-assign]  # to die in it
    elif step == "before it is flushed":
        os.fsync = die
    elif step == "before it has its name":
        Path.replace = die  # type: ignore[method-assign]  # to die in it
    elif step == "before its name is flushed":
        records.flush = die
    elif step == "before the answer":
        Records.keep = after(Records.keep)  # type: ignore[method-assign]  # to die in it


def main(told: dict[str, Any]) -> None:
    log = Growing()
    log.origin, log.key = told["origin"], type(log.key)(bytes.fromhex(told["key"]))
    with witness(Path(told["folder"]), log, clock=Clock(told["time"])) as door:
        wound(told["step"])
        sys.stdout.write(door.signer.add(bytes.fromhex(told["data"])).decode())


if __name__ == "__main__":
    main(json.load(sys.stdin))
