"""What goes over the websocket, as JSON text.

From the client, first: `{"resume": "<last stream id>" | null}`; with `"packed": true` a snapshot comes as a binary
message, the gzip of its JSON, which is made once for all clients. Then, at any time, an action on an alert:
`{"act": {...}}`, an `AlertAction` without its `type`; or, where a person opened a call, `{"looked": "<call id>"}`.
From the server, one frame a message, told apart by `kind`; the
structs below are the frames, and `web/src/types.ts` is generated from them. Throughout, `id` is the stream id that a
client resumes from, and `at_ms` the server's wall clock.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from functools import lru_cache
from typing import Generic, Literal, TypeVar

import msgspec

from tonewatch.dashboard.alert_load import QueueLoad
from tonewatch.dashboard.load_watch import AlertLoad
from tonewatch.dashboard.signin.person import EVERYTHING, Scope
from tonewatch.dashboard.store import Entry, Snapshot
from tonewatch.stream.messages import AlertAction
from tonewatch.stream.messages.bounds import CALL_ID_BYTES, CallId, is_call_id_short

Event = TypeVar("Event")
"""`BoardEvent` where a frame is described, the event's JSON as it lies in Redis where one is sent."""

View = TypeVar("View")
"""`CallView` where a frame is described, the view's JSON as it lies in Redis where one is sent."""

BAD_HELLO = 4400
"""Close code: the first message was not a resume message."""

SIGNED_OUT = 4401
"""Close code: the session of this client is over, or was when its socket was opened; /api/session tells."""

TOO_MANY = 4429
"""Close code: this person has as many boards open as one may; it may come back once another is closed."""

FULL = 4513
"""Close code: the board took its last client while this one opened; it may come back."""

UNSURE = 4503
"""Close code: whether the session was signed out elsewhere is not known; it may come back, /api/session tells when."""

TOO_SLOW = 4408
"""Close code: the client read too slowly; it may come back and resume."""


class SnapshotFrame(msgspec.Struct, Generic[View], frozen=True, kw_only=True, tag_field="kind", tag="snapshot"):
    """Replaces everything that the client knows. `left_out` is how many ended calls there are beside `calls`.

    Of a person who is confined to some queues or teams `calls` are those of them, `counters` are empty and `left_out`
    is -1: what is counted over all calls tells of those of others.
    """

    id: str
    at_ms: int
    calls: list[View]
    counters: dict[str, int]
    left_out: int = 0


class EventFrame(msgspec.Struct, Generic[Event], frozen=True, kw_only=True, tag_field="kind", tag="event"):
    """One event."""

    id: str
    event: Event


class EventsFrame(msgspec.Struct, Generic[Event], frozen=True, kw_only=True, tag_field="kind", tag="events"):
    """Several events, oldest first; none right after a resume that missed nothing."""

    id: str
    events: list[Event]


class HeartbeatFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="heartbeat"):
    """The counters when they change, and at least every two seconds. For their names see `stream/board/view.py`.

    Without counters for who is confined to some queues or teams.
    """

    at_ms: int
    counters: dict[str, int]


class LoadFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="load"):
    """The load of alerts as of now: first of all, and when it changes. Of the queues and teams that one sees.

    `held` are ids of open alerts that are held back, because their queue is over its budget (`alert_load.py`).
    """

    queues: tuple[QueueLoad, ...]
    held: tuple[str, ...]


class StatusFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="status"):
    """Whether Redis can be reached. The sockets stay open either way."""

    redis: Literal["up", "down"]


class ActedFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="acted"):
    """Answers an action. With an empty `error` Kafka has it, and the alert's next event tells what came of it."""

    action_id: str
    error: str


class ResumeMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The client's first message: the stream id to resume from, None where only a snapshot will do."""

    resume: str | None
    packed: bool = False


class ActMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A client's action on an alert."""

    act: msgspec.Raw


class LookMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page opened this call."""

    looked: CallId


_act = msgspec.json.Decoder(ActMessage)
_look = msgspec.json.Decoder(LookMessage)
_resume = msgspec.json.Decoder(ResumeMessage)


def read_resume(text: str) -> ResumeMessage:
    """
    Raises:
        ValueError: this is not a resume message.
    """
    try:
        message = _resume.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError('The first message must be {"resume": "<stream id>" | null}.') from error
    if message.resume is None:
        return message
    parts = message.resume.split("-")
    # The id goes into a Redis command. isdigit alone takes digits such as "²", which int() and Redis refuse; an id has
    # two 64-bit numbers, of 20 digits at most.
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 20 for part in parts):
        raise ValueError('"resume" must be a stream id such as "1700000000000-0", or null.')
    return message


def read_look(text: str) -> str | None:
    """Id of the call that a page opened; None where the message is another one."""
    if not text.startswith('{"looked"'):
        return None
    try:
        call_id = _look.decode(text).looked
    except (msgspec.DecodeError, RecursionError):
        return None
    return call_id if is_call_id_short(call_id) else None


def read_act(text: str) -> AlertAction:
    """The action in a client's message.

    Raises:
        ValueError: it is no such message; the text names the field.
    """
    try:
        fields = msgspec.json.decode(_act.decode(text).act, type=dict[str, object])
        action = msgspec.convert({**fields, "type": "alert_action"}, AlertAction)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f'This is not {{"act": {{...}}}}: {error}.') from error
    if not is_call_id_short(action.call_id):
        raise ValueError(f'This is not {{"act": {{...}}}}: `call_id` has over {CALL_ID_BYTES} bytes.')
    return action


def acted(action_id: str, error: str = "") -> str:
    return _text(ActedFrame(action_id=action_id, error=error))


def snapshot(board: Snapshot, at_ms: int, scope: Scope = EVERYTHING) -> str:
    """Of the calls that `scope` covers."""
    if scope.is_everything:
        views, counters, left_out = board.views, board.counters, board.left_out
    else:
        pairs = zip(board.views, board.calls.values(), strict=True)
        views, counters, left_out = [view for view, call in pairs if scope.covers(call.queue, call.team)], {}, -1
    calls = [msgspec.Raw(view) for view in views]
    return _text(SnapshotFrame(id=board.id, at_ms=at_ms, calls=calls, counters=counters, left_out=left_out))


def packed(text: str) -> bytes:
    """The text as gzip, fast rather than small: a snapshot of 1,000 calls shrinks to a tenth."""
    return gzip.compress(text.encode(), compresslevel=1)


SHARED_EVENTS = 50
"""Frames of so many events are kept for the next client, who mostly gets the same; more is somebody catching up."""


def events(stream_id: str, entries: Sequence[Entry]) -> str:
    """One frame for all of `entries`; `stream_id` is where the client stands after them."""
    if len(entries) <= SHARED_EVENTS:
        return _shared_events(stream_id, tuple(entries))
    return frame_of(stream_id, entries)


@lru_cache(maxsize=64)
def _shared_events(stream_id: str, entries: tuple[Entry, ...]) -> str:
    return frame_of(stream_id, entries)


def frame_of(stream_id: str, entries: Sequence[Entry]) -> str:
    """As `events`, made anew."""
    if len(entries) == 1:
        return _text(EventFrame(id=stream_id, event=msgspec.Raw(entries[0].json)))
    return _text(EventsFrame(id=stream_id, events=[msgspec.Raw(entry.json) for entry in entries]))


def heartbeat(counters: dict[str, int], at_ms: int) -> str:
    return _text(HeartbeatFrame(at_ms=at_ms, counters=counters))


def load(told: AlertLoad) -> str:
    return _text(LoadFrame(queues=told.queues, held=told.held))


def status(redis_up: bool) -> str:
    return _text(StatusFrame(redis="up" if redis_up else "down"))


def _text(frame: msgspec.Struct) -> str:
    return msgspec.json.encode(frame).decode()
