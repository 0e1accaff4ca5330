"""The one rule of sizes: how long a text or a list, and how large a number, may be in a message.

Whatever lies within these bounds fits into one record of its topic, and so does all that a role makes from it: the
largest legal record of each kind stays within LARGEST_WRITTEN. Lengths of texts count code points, as
JSON Schema does; JSON may spend six bytes on one (`\\u0001`). Identifiers that are made of others are longer than
those, numbers that are computed from others may be larger: a record made from a legal one is legal too.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

CALL_ID_BYTES = 256
"""Of a call id in UTF-8; checked beside its length in code points, because a database bounds the bytes of a key."""


def is_call_id_short(call_id: str) -> bool:
    """Is it within CALL_ID_BYTES? For what comes from outside and goes by no decoder of `stream.codec`."""
    return len(call_id.encode("utf-8", "replace")) <= CALL_ID_BYTES


LARGEST_WRITTEN = 1_000_000
"""Bytes of a message that is written: with its key and its batch it stays within `Topic.max_message_bytes`."""

LARGEST_READ = 1_048_576
"""Bytes of a message that is read; a compressed batch can carry more."""

LONGEST_REASON = 8_000
LONGEST_CLAIM = 1_000
MOST_CLAIMS = 64
"""What travels of a reason; the explainer cuts off what a model wrote beyond it."""

_DAY_MS = 24 * 3_600_000
_YEAR_2100_MS = 4_102_444_800_000

# Identifiers. PostgreSQL takes 2,704 bytes as the key of an index: alert and segment are one key of the evidence.
CallId = Annotated[str, Meta(max_length=CALL_ID_BYTES)]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
SegmentId = Annotated[str, Meta(max_length=300)]  # call/channel/start_ms
AlertId = Annotated[str, Meta(max_length=360)]  # call/rule/onset_ms
MomentId = Annotated[str, Meta(max_length=400)]  # alert/kind/at_ms
CallerId = Annotated[str, Meta(max_length=512)]

# Texts.
Word = Annotated[str, Meta(max_length=80)]
Language = Annotated[str, Meta(max_length=80)]
Label = Annotated[str, Meta(max_length=250)]
Title = Annotated[str, Meta(max_length=500)]
Url = Annotated[str, Meta(max_length=1_000)]
SpokenText = Annotated[str, Meta(max_length=3_000)]
Reason = Annotated[str, Meta(max_length=LONGEST_REASON)]
ClaimText = Annotated[str, Meta(max_length=LONGEST_CLAIM)]

# Audio and embeddings.
Payload = Annotated[bytes, Meta(max_length=256 * 1024)]
Embedding = Annotated[bytes, Meta(max_length=16 * 1024)]

# Whole numbers. What integrators write of a call ends a day before what is derived from it.
CallMs = Annotated[int, Meta(ge=0, le=7 * _DAY_MS)]
MediaMs = Annotated[int, Meta(ge=0, le=8 * _DAY_MS)]
SignedMs = Annotated[int, Meta(ge=-8 * _DAY_MS, le=8 * _DAY_MS)]  # release 0.1 wrote silences of less than none
ClockMs = Annotated[int, Meta(ge=0, le=_YEAR_2100_MS)]
EpochMs = Annotated[int, Meta(ge=-_DAY_MS, le=_YEAR_2100_MS + 366 * _DAY_MS)]
Version = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Channel = Annotated[int, Meta(ge=0, le=65_535)]
RateHz = Annotated[int, Meta(ge=0, le=1_000_000)]
Partition = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Offset = Annotated[int, Meta(ge=0, le=2**63 - 1)]

# Fractions. `Computed` is a sum, difference or quotient of measures: a deviation over a small spread is large.
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Measured = Annotated[float, Meta(ge=-1e9, le=1e9)]
Computed = Annotated[float, Meta(ge=-1e15, le=1e15)]
