"""Walking through an answer: values by their path, with the type that the language promises.

Promise: a value that is not there or not of its kind stops the story with the path in words, never with a traceback.
Elsewhere: asking, `cli.demo.provinces`.
"""

from collections.abc import Sequence

from cli.audit.endings import Stopped


def walk(document: object, *path: str | int) -> object:
    """The value at a path; null where something on the way is null."""
    value = document
    for step in path:
        match value:
            case None:
                return None
            case dict() if step in value:
                value = value[step]
            case list() if isinstance(step, int) and step < len(value):
                value = value[step]
            case _:
                raise Stopped(f"the service's answer has no {'.'.join(map(str, path))}")
    return value


def word(document: object, *path: str | int) -> str:
    """Text at a path."""
    value = walk(document, *path)
    if not isinstance(value, str):
        raise Stopped(f"the service's answer has no text at {'.'.join(map(str, path))}")
    return value


def number(document: object, *path: str | int) -> int:
    """A whole number at a path."""
    value = walk(document, *path)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Stopped(f"the service's answer has no number at {'.'.join(map(str, path))}")
    return value


def rows(document: object, *path: str | int) -> Sequence[object]:
    """A list at a path."""
    value = walk(document, *path)
    if not isinstance(value, list):
        raise Stopped(f"the service's answer has no list at {'.'.join(map(str, path))}")
    return value
