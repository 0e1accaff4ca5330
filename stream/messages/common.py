"""What all messages share."""

from __future__ import annotations

from typing import Literal

import msgspec

from tonewatch.stream.messages.bounds import CallId, Label, Offset, Partition, SignedMs, Version

VERSION = 1

Role = Literal["customer", "agent", "mixed"]
"""Who speaks on a channel. `mixed`: a mono recording, both parties in one channel."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of everything that is written to a topic as a record of its own."""

    v: Version = VERSION
    call_id: CallId


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the parts that messages are made of."""


class ModelRef(Plain, frozen=True, kw_only=True):
    """Which weights said it: a name, and the first twelve hex digits of the file's SHA-256.

    `provider`: what they ran on, `cpu`, `cuda` or `cpu-beside-gpu` (the machine has a GPU and they did not use it);
    empty where nobody knows: a remote server, or a record of an earlier release.
    """

    name: Label
    version: Label
    provider: Label = ""


class AudioSpan(Plain, frozen=True, kw_only=True, omit_defaults=True):
    """Where the audio of a segment lies in Kafka."""

    topic: Label
    partition: Partition
    first_offset: Offset
    last_offset: Offset
    # Media time less the chunks' own `start_ms`: left out where the sender's times are those of the call.
    shift_ms: SignedMs = 0
