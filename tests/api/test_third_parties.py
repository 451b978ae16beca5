"""A client that others wrote (`gql`, by its websocket transport) follows what we serve."""

import asyncio

import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from tests.api.servers import PROTOCOL, REFERRALS, credentials
from tests.api.streets import Street


def transport(street: Street, headers: list[tuple[str, str]]) -> WebsocketsTransport:
    return WebsocketsTransport(
        url=street.url.replace("http", "ws", 1) + "/graphql",
        headers=dict(headers),
        subprotocols=[PROTOCOL],
        ping_interval=0.2,
        pong_timeout=2,
    )


async def test_it_follows_leaves_and_comes_back_with_the_cursor(street: Street) -> None:
    cursors: list[str] = []
    for _ in range(2):
        async with Client(transport=transport(street, await credentials(street.jakarta))) as session:
            after = cursors[-1] if cursors else "0-0"
            followed = session.subscribe(GraphQLRequest(REFERRALS, variable_values={"after": after}))
            acts = asyncio.create_task(street.world.accepted())
            async with asyncio.timeout(10):
                async for told in followed:
                    cursors.append(told["referralChanged"]["cursor"])
                    if len(cursors) % 2 == 0:
                        break
            await acts
            await asyncio.sleep(0.5)  # pings go to and fro
            await followed.aclose()
    assert len(cursors) == 4
    assert cursors == sorted(cursors, key=lambda each: int(each.split("-")[0]))
    assert len(set(cursors)) == 4


async def test_refusals_arrive_as_such(street: Street) -> None:
    async with Client(transport=transport(street, await credentials(street.jakarta))) as session:
        with pytest.raises(TransportQueryError, match="POST /graphql"):
            await session.execute(gql("{ me { client } }"))
        with pytest.raises(TransportQueryError, match="after"):
            await anext(session.subscribe(GraphQLRequest(REFERRALS, variable_values={"after": "x"})))
    with pytest.raises(TransportConnectionFailed) as failed:
        await transport(street, []).connect()
    assert "401" in str(failed.value.__cause__)
