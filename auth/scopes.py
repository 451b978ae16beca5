"""The scopes: kinds of action a client may be allowed.

Promise: one table of names, each with what it allows in Indonesian and English; no `admin`, no party in a name.
Rules: a scope list is one space between names (RFC 6749 section 3.3); a name that is not in the table is unknown, and
unknown is refused, never dropped. A scope is added here in the same change as the first field or act that names it.
Elsewhere: which field needs which scope, the schema's `@requires`; whose data, the party (`auth.principals`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a scope allows, in both languages."""

    id: str
    en: str


class UnknownScope(ValueError):
    """A scope list that is malformed or names something that does not exist."""


SCOPES: Final = MappingProxyType(
    {
        "cases:read": Description(id="membaca berkas kasus", en="read case files"),
        "cases:write": Description(id="membuka, menilai dan menutup kasus", en="open, assess and close cases"),
        "identity:read": Description(id="membaca identitas orang", en="read a person's identity"),
        "identity:list": Description(id="membaca nama orang dalam daftar", en="read persons' names in lists"),
        "identity:write": Description(id="mencatat identitas orang", en="record a person's identity"),
        "referrals:read": Description(id="membaca rujukan", en="read referrals"),
        "referrals:write": Description(id="mengirim dan memutuskan rujukan", en="send and decide referrals"),
        "handovers:release": Description(id="melepas orang dalam serah terima", en="release a person in a handover"),
        "handovers:receive": Description(id="menerima orang dalam serah terima", en="receive a person in a handover"),
        "obligations:read": Description(id="membaca kewajiban", en="read obligations"),
        "obligations:write": Description(
            id="meminta dan menyetujui pembebasan serta jeda kewajiban",
            en="offer and agree to waivers and pauses of obligations",
        ),
        "events:read": Description(id="mengikuti perubahan", en="follow what changes"),
        "ledger:read": Description(id="membaca seluruh isi buku besar", en="read every entry of the ledger"),
        "schema:read": Description(id="memeriksa skema GraphQL", en="introspect the GraphQL schema"),
    }
)


def parse(text: str) -> frozenset[str]:
    """A scope parameter as a set. Empty is an error: a token without a scope could only mislead."""
    names = text.split(" ")
    if unknown := [name for name in names if name not in SCOPES]:
        told = unknown[0] if unknown[0].isascii() and unknown[0].replace(":", "").isalnum() else "a malformed name"
        raise UnknownScope(f"no such scope: {told[:64]}")
    return frozenset(names)


def written(scopes: Iterable[str]) -> str:
    """A set of scopes as a parameter, in the order of the table, so that equal sets are equal texts."""
    held = frozenset(scopes)
    return " ".join(name for name in SCOPES if name in held)
