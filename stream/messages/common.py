"""What all messages share."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

VERSION = 1

Role = Literal["customer", "agent", "mixed"]
"""Who speaks on a channel. `mixed`: a mono recording, both parties in one channel."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of everything that is written to a topic as a record of its own."""

    v: int = VERSION
    call_id: str


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the parts that messages are made of."""


class ModelRef(Plain, frozen=True, kw_only=True):
    """Which weights said it: a name, and the first twelve hex digits of the file's SHA-256.

    `provider`: what they ran on, `cpu`, `cuda` or `cpu-beside-gpu` (the machine has a GPU and they did not use it);
    empty where nobody knows: a remote server, or a record of an earlier release.
    """

    name: str
    version: str
    provider: str = ""


class AudioSpan(Plain, frozen=True, kw_only=True):
    """Where the audio of a segment lies in Kafka."""

    topic: str
    partition: int
    first_offset: int
    last_offset: int
