"""On which brokers a test runs, and one Apache Kafka for many modules: a JVM takes seconds to come up."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import DeleteGroupsRequest

from tonewatch.stream.kafka.clients import make_admin
from tonewatch.stream.settings import plain_settings

EMBEDDED_ALONE = pytest.mark.parametrize("own_broker", ["embedded"], indirect=True)
"""For a test on what no broker does otherwise: what Redis, a model or a database does, how a message is read."""

KAFKA_ALONE = pytest.mark.parametrize("own_broker", ["kafka"], indirect=True)
"""For who takes over from whom where data counts: the embedded broker is for a demo, and lets members wait for long."""


async def empty(bootstrap: str, within_s: float) -> None:
    """No topic and no group, as when it was new.

    Raises:
        TimeoutError: members of a group are still there.
    """
    admin = make_admin(plain_settings(bootstrap))
    await admin.start()
    try:
        async with asyncio.timeout(within_s):
            await _without_groups(admin)
            await _without_topics(admin)
    finally:
        await admin.close()


async def _without_groups(admin: AIOKafkaAdminClient) -> None:
    """A member that was killed is in its group until its session times out."""
    while groups := [name for name, _ in await admin.list_consumer_groups()]:
        coordinator = await admin.find_coordinator(groups[0])
        await admin._send_request(DeleteGroupsRequest(groups), coordinator)
        await asyncio.sleep(0.05)


async def _without_topics(admin: AIOKafkaAdminClient) -> None:
    if names := {name for name in await admin.list_topics() if not name.startswith("__")}:
        await admin.delete_topics(sorted(names))
    while names & set(await admin.list_topics()):
        await asyncio.sleep(0.05)
