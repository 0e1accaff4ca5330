"""A shadow hears the live calls and writes to topics of its own: what a new model would say, and nobody acts on it.

A shadow `NAME` of a role is in the group `<group>-NAME`, and each topic it writes is `<topic>.shadow.NAME`. The
producer it is given writes nowhere else, so that no path through the code can reach a live topic.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tonewatch.stream.kafka.clients import Sender
from tonewatch.stream.topics import (
    ALERT_ACTIONS,
    ALERTS,
    CALLERS,
    CALLS,
    CLOCKS,
    MARKS,
    MOMENTS,
    SEGMENTS,
    TONE,
    TOPICS,
    Topic,
    dead_letter_topics,
)

DEAD_LETTERS = ".dlq"
READ_LIVE = frozenset(topic.name for topic in (CALLS, ALERT_ACTIONS, CALLERS))
"""What a shadow reads of the live topics: the calls, what people did with alerts, and what is known of callers."""


@dataclass(frozen=True)
class Shadow:
    """By what names a shadow is in Kafka; with an empty name, those of the live roles."""

    name: str = ""

    def __bool__(self) -> bool:
        return bool(self.name)

    def group(self, group: str) -> str:
        """Of a shadow of a group: its offsets are its own, so the live group loses no record to it."""
        return f"{group}-{self.name}" if self else group

    def named(self, topic: str) -> str:
        """Where it writes what the live role writes to `topic`; dead letters go to the dead letters of that."""
        if not self:
            return topic
        stem = topic.removesuffix(DEAD_LETTERS)
        return f"{stem}.shadow.{self.name}{topic[len(stem) :]}"

    def topic(self, live: Topic) -> Topic:
        """The same topic, for it."""
        return replace(live, name=self.named(live.name))

    def needs(self, live: Iterable[str]) -> set[str]:
        """The topics that a shadow needs of a role that needs `live`; names that are of no live topic stay."""
        if not self:
            return set(live)
        known = {topic.name for topic in (*TOPICS, *dead_letter_topics())}
        mine = {topic.name for topic in self.topics()}
        names = {name if name in READ_LIVE or name not in known else self.named(name) for name in live}
        return {name for name in names if name in mine or name in READ_LIVE or ".shadow." not in name}

    def topics(self) -> tuple[Topic, ...]:
        """All that its listener and its monitor write, besides the changelog; none without a name."""
        if not self:
            return ()
        written = tuple(self.topic(live) for live in (CLOCKS, MARKS, SEGMENTS, TONE, MOMENTS, ALERTS))
        refused = tuple(
            replace(live, name=self.named(live.dlq), holds=f"what its shadow {self.name} could not read", config={})
            for live in (CALLS, SEGMENTS, ALERT_ACTIONS)
        )
        return written + refused


@dataclass(frozen=True)
class ShadowSender:
    """A producer that writes every record to the shadow's topic instead of the one that is named."""

    producer: Any
    shadow: Shadow

    async def send(self, topic: str, value: bytes | None, *, key: bytes | None, **more: Any) -> object:  # noqa: ANN401
        return await self.producer.send(self.shadow.named(topic), value, key=key, **more)


def sender(producer: Sender, shadow: Shadow) -> Sender:
    """The producer itself, or one that writes for a shadow."""
    return ShadowSender(producer, shadow) if shadow else producer


class Discarded:
    """In place of a faust topic that a shadow does not write: what is sent is gone, and counts as delivered."""

    async def send(self, **_record: object) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done
