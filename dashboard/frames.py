"""What goes over the websocket, as JSON text.

From the client, first: `{"resume": "<last stream id>" | null}`. Then, any time, what somebody does with an alert:
`{"act": {...}}`, an `AlertAction` without its `type`. From the server:

    snapshot   id, at_ms, calls, counters   replaces everything the client knows
    event      id, event                    one event
    events     id, events                   several, oldest first; empty right after a resume that missed nothing
    heartbeat  at_ms, counters              at least every 15 seconds; of counters see `stream/board/view.py`
    status     redis: up | down             the sockets stay open either way
    acted      action_id, error             answers an act; with an empty error Kafka has it, and the alert's next
                                            event tells what came of it

`id` is what the client resumes from; `at_ms` is the server's wall clock.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tonewatch.dashboard.store import Entry, Snapshot
from tonewatch.stream.messages import AlertAction

BAD_HELLO = 4400
"""Close code: the first message was not a resume message."""

TOO_SLOW = 4408
"""Close code: the client read too slowly; it may come back and resume."""


class Resume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The client's first message."""

    resume: str | None


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody does with an alert."""

    act: msgspec.Raw


_act = msgspec.json.Decoder(Act)
_resume = msgspec.json.Decoder(Resume)


def read_resume(text: str) -> str | None:
    """The id to resume from; None where only a snapshot will do.

    Raises:
        ValueError: this is not a resume message.
    """
    try:
        stream_id = _resume.decode(text).resume
    except msgspec.DecodeError as error:
        raise ValueError('The first message must be {"resume": "<stream id>" | null}.') from error
    if stream_id is None:
        return None
    parts = stream_id.split("-")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 20 for part in parts):
        raise ValueError('"resume" must be a stream id such as "1700000000000-0", or null.')
    return stream_id


def read_act(text: str) -> AlertAction:
    """What a client asks for after its first message.

    Raises:
        ValueError: it is no such request; the text names the field.
    """
    try:
        fields = msgspec.json.decode(_act.decode(text).act, type=dict[str, object])
        return msgspec.convert({**fields, "type": "alert_action"}, AlertAction)
    except msgspec.DecodeError as error:
        raise ValueError(f'This is not {{"act": {{...}}}}: {error}.') from error


def acted(action_id: str, error: str = "") -> str:
    return _text({"kind": "acted", "action_id": action_id, "error": error})


def snapshot(board: Snapshot, at_ms: int) -> str:
    return _text(
        {
            "kind": "snapshot",
            "id": board.id,
            "at_ms": at_ms,
            "calls": [msgspec.Raw(view) for view in board.views],
            "counters": board.counters,
        }
    )


def events(stream_id: str, entries: Sequence[Entry]) -> str:
    """One frame for all of `entries`; `stream_id` is where the client stands after them."""
    if len(entries) == 1:
        return _text({"kind": "event", "id": stream_id, "event": msgspec.Raw(entries[0].json)})
    return _text({"kind": "events", "id": stream_id, "events": [msgspec.Raw(entry.json) for entry in entries]})


def heartbeat(counters: dict[str, int], at_ms: int) -> str:
    return _text({"kind": "heartbeat", "at_ms": at_ms, "counters": counters})


def status(redis_up: bool) -> str:
    return _text({"kind": "status", "redis": "up" if redis_up else "down"})


def _text(frame: dict[str, object]) -> str:
    return msgspec.json.encode(frame).decode()
