"""From what was sent to the text of a document: the text itself, or the one that its client registered under an id.

Promise: a client that is held to its documents has no other text so much as parsed; an id that is not this client's is
unknown, whether it is another's or nobody's.
Rules: an id is `sha256:` and the hash in lower case. The text is looked up for each request, so that what is forgotten
is forgotten at once; its plan is found by its hash like any other's, since the text is the same as ever.
Source: GraphQL over HTTP, appendix on persisted documents (draft).
Elsewhere: registering, `auth.documents`; plans, `reading.plans`.
"""

import re

from api import streams
from api.envelopes import Request
from auth.principals import Principal
from database import documents
from operations.desks import Desk
from reading.refusals import Code, refused
from reading.snapshots import snapshot

ID = re.compile(r"sha256:([0-9a-f]{64})")
UNKNOWN = "Dokumen ini tidak terdaftar untuk klien Anda / This document is not registered for your client"
ONLY = (
    "Klien ini hanya mengirim dokumen terdaftar: kirim documentId / "
    "This client sends registered documents only: send a documentId"
)


async def text_of(sent: Request, by: Principal, desk: Desk) -> str:
    """The document's text; raises `Refused`."""
    if sent.document_id is None:
        if by.trusted_only:
            raise refused(Code.TRUSTED_DOCUMENT_REQUIRED, ONLY)
        return sent.query
    named = ID.fullmatch(sent.document_id)
    found = None
    if named is not None:
        async with snapshot(desk.databases.reading, streams.asking(by, desk)) as connection:
            found = await documents.find(connection, by.client_id, named[1])
    if found is None:
        raise refused(Code.DOCUMENT_NOT_FOUND, UNKNOWN)
    return found
