"""`estafet demo`: one person's way from Jakarta to East Java, told against a running service.

Promise: everything that is told happens while it is told: over HTTP, with tokens, signatures and a fresh process that
verifies; and one changed byte is caught before your eyes.
Rules: nothing is asked that the three provinces' and the auditor's own clients could not ask.
Elsewhere: the chapters, `cli.demo.chapters` and `cli.demo.evidence`; the service, `estafet serve --demo`.
"""

import time
from contextlib import ExitStack

from cli import servers
from cli.audit import screens
from cli.audit.clients import Client
from cli.audit.endings import application
from cli.demo import chapters, evidence, worlds
from cli.demo.pages import Page
from cli.demo.provinces import Province
from cli.demo.worlds import World

app = application("One person's way from Jakarta to East Java, told against a running service.")


@app.command()
def demo(data: servers.Data = None) -> None:
    """One person's way from Jakarta to East Java, told against a running service.

    Start the service first: estafet serve --demo
    """
    began = time.monotonic()
    told = servers.told(data)
    world = worlds.read(told.data)
    page = Page(screens.out())
    page.title(world.clients["ID-JK"].issuer)
    with ExitStack() as ends:
        people = {code: ends.enter_context(Client(world.clients[code])) for code in ("ID-JK", "ID-JI", "ID-JB")}
        jakarta, east_java, west_java = (province(world, client) for client in people.values())
        last = chapters.tell(page, jakarta, east_java, west_java)
        auditor = ends.enter_context(Client(world.clients[worlds.AUDITOR]))
        evidence.tell(page, world, last, [*jakarta.receipts, *east_java.receipts], auditor)
    page.end(time.monotonic() - began)


def province(world: World, client: Client) -> Province:
    """A province with the system key of the demo's files."""
    return Province(client=client, key=world.keys[client.credentials.party])
