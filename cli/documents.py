"""Documents of GraphQL in files: one text each, or the manifest that a build wrote.

Promise: what comes out can be answered by this version of the service: it parses, keeps the limits, and is valid.
Rules: a `.json` file is an object of texts under their hashes, with or without `sha256:` in front; a hash that is not
the text's own stops the command. Any other file is one document, byte for byte: a client that sends its hash must
have the same bytes.
Elsewhere: the register, `auth.documents`; the command, `cli.clients`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from graphql import OperationDefinitionNode

import schema.language
from auth.documents import sha256
from cli.audit import credentials, folders
from cli.audit.endings import FOUND, Stopped
from reading.catalogue import CATALOGUE
from reading.ids import Cursors, storable
from reading.plans import Plans
from reading.refusals import Refused


def read(paths: Sequence[Path]) -> dict[str, str]:
    """The documents in these files by their hashes."""
    return {sha256(text): text for path in paths for text in in_file(path)}


def in_file(path: Path) -> Iterator[str]:
    """The documents in one file."""
    if path.suffix != ".json":
        yield decoded(path)
        return
    for name, text in credentials.object_in(path).items():
        if not isinstance(text, str) or not storable(text) or name.removeprefix("sha256:") != sha256(text):
            raise Stopped(f"{path}: what stands under {name[:80]} is no text of that SHA-256")
        yield text


def decoded(path: Path) -> str:
    """The text of a file."""
    try:
        return folders.content(path).decode()
    except UnicodeDecodeError:
        raise Stopped(f"{path} is not UTF-8") from None


def require_answerable(documents: dict[str, str]) -> dict[str, list[str]]:
    """The operations in each document; stops at the first that the service would refuse."""
    plans = Plans(schema.language.core(schema.language.build()), CATALOGUE, Cursors(bytes(32)))
    told: dict[str, list[str]] = {}
    for number, text in documents.items():
        try:
            parsed = plans.document(text).document
        except Refused as refused:
            raise Stopped(f"sha256:{number}: {refused.errors[0]['message']}", code=FOUND) from None
        operations = [each for each in parsed.definitions if isinstance(each, OperationDefinitionNode)]
        if not operations:
            raise Stopped(f"sha256:{number} holds no operation", code=FOUND)
        told[number] = [f"{o.operation.value} {o.name.value if o.name else '-'}" for o in operations]
    return told
