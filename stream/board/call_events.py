"""The entries of the board's stream of events that are of one call."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from redis.asyncio import Redis

from tonewatch.stream.board.view import EVENTS_KEY

ENTRIES_A_READ: Final = 1_000


class _OfCall(msgspec.Struct):
    call_id: str = ""


_of_call = msgspec.json.Decoder(_OfCall)


async def events_of(redis: Redis, call_id: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Entries of the stream that are of this call, by their ids."""
    client: Any = redis
    found: list[tuple[bytes, dict[bytes, bytes]]] = []
    after = "-"
    while batch := await client.xrange(EVENTS_KEY, min=after, count=ENTRIES_A_READ):
        found += [(entry, fields) for entry, fields in batch if _is_of(fields.get(b"json", b""), call_id)]
        after = f"({batch[-1][0].decode()}"
    return found


def _is_of(json: bytes, call_id: str) -> bool:
    try:
        return _of_call.decode(json).call_id == call_id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
