"""Calls that a telephony system announces before their media comes, because the media says nothing of the call.

AudioSocket carries a UUID, RTP not even that: who is on a leg, and whether the caller was told, is said beforehand.
What was not announced is refused, so an announcement is the permission too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Annotated, Final
from uuid import UUID, uuid4

import msgspec

from tonewatch.stream.doors.credentials import Refused
from tonewatch.stream.doors.door_call import CallFacts, own_id
from tonewatch.stream.doors.limits import Limits
from tonewatch.stream.doors.rtp.formats import FORMATS, Format
from tonewatch.stream.errors import Undecodable, Unprocessable
from tonewatch.stream.messages import Role
from tonewatch.stream.messages.bounds import CALL_ID_BYTES, CallerId, Label, Language, Title

UNUSED_S: Final = 120.0
"""An announcement that no leg uses for so long is forgotten."""

MOST_LEGS: Final = 4


class LegSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`audiosocket`: the leg's UUID, '' to be given one. `rtp`: the format, by Asterisk's name; one of the two.

    `source`: the address that RTP will come from, where it is known before.
    """

    role: Role
    audiosocket: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    rtp: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    source: Annotated[str, msgspec.Meta(max_length=64)] = ""


class CallSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of an announcement."""

    call_id: Annotated[str, msgspec.Meta(min_length=1, max_length=CALL_ID_BYTES)]
    legs: Annotated[tuple[LegSaid, ...], msgspec.Meta(min_length=1, max_length=MOST_LEGS)]
    notice_given: bool = False
    queue: Label = ""
    title: Title = ""
    language: Language = ""
    caller_id: CallerId = ""
    agent_id: Label = ""


@dataclass(frozen=True)
class Leg:
    """`channel`: of the call. `uuid` of AudioSocket's, `format` of RTP's."""

    channel: int
    role: Role
    uuid: UUID | None = None
    format: Format | None = None
    source: str = ""


@dataclass(eq=False)
class AnnouncedCall:
    """`zero_ms`: the clock of arrival at media time 0, where the first of the legs began; null before."""

    facts: CallFacts
    tenant: str
    legs: tuple[Leg, ...]
    used_at_s: float
    zero_ms: float | None = None
    connected: int = 0

    def begin(self, at_ms: float) -> float:
        """The media time's zero for a leg that begins now."""
        if self.zero_ms is None:
            self.zero_ms = at_ms
        return self.zero_ms


@dataclass
class AnnouncedCalls:
    """`clock`: seconds, never back. `most`: calls of one tenant.

    One more takes the place of the tenant's call that no leg has used for longest, of those that one had; where there
    is none it is refused.
    """

    clock: Callable[[], float]
    most: int = Limits.calls
    _calls: dict[str, AnnouncedCall] = field(default_factory=dict)
    _uuids: dict[UUID, tuple[AnnouncedCall, Leg]] = field(default_factory=dict)
    _of_tenant: Counter[str] = field(default_factory=Counter)
    _idle: dict[AnnouncedCall, None] = field(default_factory=dict)
    """Calls without a connected leg, by when they were used last: what is forgotten is found at the front."""

    def __len__(self) -> int:
        return len(self._calls)

    def announce(self, tenant: str, body: bytes, tenants: Collection[str] = ()) -> AnnouncedCall:
        """`tenants`: all that have a name (`own_id`).

        Raises:
            Undecodable: the body is no announcement; the text says where.
            Refused: the tenant has as many calls as it may (429).
            Unprocessable: `known_call`, `bad_uuid`, `known_uuid`, `bad_leg`, `bad_call_id`, `other_tenant`.
        """
        said = _decode(body)
        call = AnnouncedCall(_facts(said, own_id(tenant, said.call_id, tenants)), tenant, _legs(said), self.clock())
        self.expire()
        if call.facts.call_id in self._calls:
            raise Unprocessable("The call was announced before; end it first.", reason="known_call")
        if any(leg.uuid in self._uuids for leg in call.legs):
            raise Unprocessable("The UUID is that of another leg.", reason="known_uuid")
        self._make_room(tenant)
        self._calls[call.facts.call_id] = call
        self._of_tenant[tenant] += 1
        self._idle[call] = None
        self._uuids |= {leg.uuid: (call, leg) for leg in call.legs if leg.uuid is not None}
        return call

    def by_uuid(self, uuid: UUID) -> tuple[AnnouncedCall, Leg]:
        """
        Raises:
            Unprocessable: `not_announced`.
        """
        self.expire()
        if (found := self._uuids.get(uuid)) is None:
            raise Unprocessable("The UUID was not announced; announce the call first.", reason="not_announced")
        return found

    def named(self, tenant: str, call_id: str) -> AnnouncedCall | None:
        """Null where no such call of the tenant is announced."""
        call = self._calls.get(f"{tenant}:{call_id}" if tenant else call_id)
        return call if call is not None and call.tenant == tenant else None

    def connect(self, call: AnnouncedCall) -> None:
        call.connected += 1
        self._idle.pop(call, None)

    def leave(self, call: AnnouncedCall) -> None:
        call.connected -= 1
        call.used_at_s = self.clock()
        if not call.connected and self._calls.get(call.facts.call_id) is call:
            self._idle[call] = None

    def forget(self, call: AnnouncedCall) -> None:
        if self._calls.get(call.facts.call_id) is not call:
            return
        del self._calls[call.facts.call_id]
        self._idle.pop(call, None)
        self._of_tenant[call.tenant] -= 1
        if not self._of_tenant[call.tenant]:
            del self._of_tenant[call.tenant]
        for leg in call.legs:
            if leg.uuid is not None:
                self._uuids.pop(leg.uuid, None)

    def expire(self) -> None:
        """Forget what nobody uses."""
        now_s = self.clock()
        while (call := next(iter(self._idle), None)) is not None and now_s - call.used_at_s > UNUSED_S:
            self.forget(call)

    def _make_room(self, tenant: str) -> None:
        if self._of_tenant[tenant] < self.most:
            return
        left = (call for call in self._idle if call.tenant == tenant and call.zero_ms is not None)
        if (over := next(left, None)) is None:
            raise Refused(429, "calls")
        self.forget(over)


def _decode(body: bytes) -> CallSaid:
    try:
        return msgspec.json.decode(body, type=CallSaid)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Undecodable(f"No announcement of a call: {error}.") from error


def _facts(said: CallSaid, call_id: str) -> CallFacts:
    return CallFacts(
        call_id=call_id,
        roles=tuple(leg.role for leg in said.legs),
        notice_given=said.notice_given,
        queue=said.queue,
        title=said.title,
        language=said.language,
        caller_id=said.caller_id,
        agent_id=said.agent_id,
    )


def _legs(said: CallSaid) -> tuple[Leg, ...]:
    legs = tuple(_leg(channel, leg) for channel, leg in enumerate(said.legs))
    uuids = [leg.uuid for leg in legs if leg.uuid is not None]
    if len(set(uuids)) < len(uuids):
        raise Unprocessable("Two legs have one UUID.", reason="bad_uuid")
    return legs


def _leg(channel: int, said: LegSaid) -> Leg:
    leg = Leg(channel, said.role, source=said.source)
    if said.rtp is not None and said.audiosocket is None:
        if said.rtp not in FORMATS:
            raise Unprocessable(f"An RTP leg has one of the formats {', '.join(FORMATS)}.", reason="bad_leg")
        return replace(leg, format=FORMATS[said.rtp])
    if said.audiosocket is None or said.rtp is not None:
        raise Unprocessable("A leg has either `audiosocket` (a UUID) or `rtp` (a format).", reason="bad_leg")
    try:
        return replace(leg, uuid=UUID(said.audiosocket) if said.audiosocket else uuid4())
    except ValueError as error:
        raise Unprocessable("`audiosocket` is no UUID.", reason="bad_uuid") from error
