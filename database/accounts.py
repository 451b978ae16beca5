"""The account that PostgreSQL runs under: ourselves, or an unprivileged system user when we are root.

Promise: the server never runs as root, and giving it its account opens nothing to anybody else but the right to pass
through a folder whose name one already knows.
Rules: PostgreSQL refuses to run as root, so root needs a user to run it as. That user must be able to *pass* every
folder above its files: those get search permission (o+x), never read permission, so that a data folder stays unlistable
and its `keys/` (0700) stays shut. The wheel's own starter makes the whole path readable by everybody; hence this.
Elsewhere: starting and stopping, `database.embedded`.
"""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

USER = "estafet-postgres"


class AccountMissing(Exception):
    """We are root and could not get an unprivileged user to run PostgreSQL as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom child processes run as; None means as ourselves."""

    uid: int | None
    gid: int | None


def find() -> Account:
    if os.geteuid() != 0:
        return Account(uid=None, gid=None)
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        _create()
        entry = pwd.getpwnam(USER)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _create() -> None:
    nologin = ["-s", "/usr/sbin/nologin"]
    ways = (
        ["useradd", "--system", "--no-create-home", "--user-group", *nologin, USER],
        ["adduser", "-S", "-D", "-H", *nologin, USER],  # busybox
    )
    for command in ways:
        try:
            done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603  # fixed words, root only
        except FileNotFoundError:
            continue
        # 9: another start created it a moment ago
        if done.returncode in (0, 9):
            return
    raise AccountMissing(
        f"run as root, PostgreSQL needs the system user {USER}, and neither useradd nor adduser made it"
    )


def give(account: Account, folder: Path) -> None:
    """Let the account own `folder` and pass the folders above it."""
    folder.chmod(0o700)
    if account.uid is not None and account.gid is not None:
        os.chown(folder, account.uid, account.gid)
        _let_pass(folder)


def let_read(account: Account, folder: Path) -> None:
    """Let the account read the wheel's files: an installation under umask 077 leaves them to root alone."""
    if account.uid is None:
        return
    _let_pass(folder)
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if mode != wanted:
            path.chmod(wanted)


def _let_pass(path: Path) -> None:
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
