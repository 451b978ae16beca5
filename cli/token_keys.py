"""`estafet keys rotate-tokens`: a new key for access tokens, in three steps that leave no token unverifiable.

Promise: a key verifies everywhere before it signs anywhere, and goes on verifying until the last token that it signed
has ended. A step taken too early or twice is refused, and the file is as it was.
Rules: each process reads the file when it starts. So after `announce` and after `activate` every process is started
anew before the next step. `retire` waits for the longest life of a token after the file was changed.
Elsewhere: the file, `auth.keys`; keys that sign statements, `cli.keys`; keys of clients, `estafet clients rotate`.
"""

import time
from enum import StrEnum
from typing import Annotated, Final, assert_never

import typer

import auth.keys
import auth.tokens
from cli import servers
from cli.audit import screens
from cli.audit.endings import FOUND, Stopped
from operations import host_keys

SLACK: Final = 60.0  # seconds, for clocks that differ


class Step(StrEnum):
    """The steps, in order."""

    ANNOUNCE = "announce"
    ACTIVATE = "activate"
    RETIRE = "retire"


NEXT: Final = {
    Step.ANNOUNCE: "It is published and signs nothing. Start every process anew, then: rotate-tokens activate",
    Step.ACTIVATE: "It signs after the next start. Start every process anew, then: rotate-tokens retire",
    Step.RETIRE: "The old key is gone. Start every process anew, so that none goes on publishing it.",
}


def rotate_tokens(
    step: Annotated[Step, typer.Argument(help="What to do now.")],
    data: servers.Data = None,
) -> None:
    """Rotate the key that signs access tokens: announce, activate, retire; start every process anew after each."""
    path = servers.told(data).keys / host_keys.OAUTH
    try:
        match step:
            case Step.ANNOUNCE:
                kept = auth.keys.announce(path)
            case Step.ACTIVATE:
                kept = auth.keys.activate(path)
            case Step.RETIRE:
                waited = time.time() - path.stat().st_mtime
                if waited < auth.tokens.LIFETIME.total_seconds() + SLACK:
                    raise Stopped("tokens signed by the old key may still be in use: wait some minutes", code=FOUND)
                kept = auth.keys.retire(path)
            case _:
                assert_never(step)
    except (auth.keys.KeysUnusable, OSError) as fault:
        raise Stopped(f"{path}: {fault}", code=FOUND) from None
    signs, *others = [key.kid for key in kept.public]
    screens.out().print(f"signs: {signs}", soft_wrap=True)
    for kid in others:
        screens.out().print(f"verifies: {kid}", soft_wrap=True)
    screens.out().print(NEXT[step], soft_wrap=True)
