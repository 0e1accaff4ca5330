"""What is known of a call besides its audio."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tonewatch.stream.former_names import Renamed
from tonewatch.stream.messages.bounds import EpochMs, Label, Language, Title, Url, Word
from tonewatch.stream.messages.common import Message, Plain, Role

Extra = Annotated[dict[Word, Label], msgspec.Meta(max_length=32)]

Roles = Annotated[tuple[Role, ...], msgspec.Meta(max_length=16)]


class CallAttributes(Plain, frozen=True, kw_only=True):
    """The attributes that travel with a call; each is empty where it is not known.

    roles          who speaks on each channel, in the order of the channels
    started_at_ms  wall clock of the call's beginning; 0 where it is not known
    language       BCP 47, as in `pl-PL`
    synthetic      made for a demonstration: nobody called
    team           of the agent; who sees a call on the board may depend on it, as on its queue
    agent_id       as the telephony system calls the agent, `agent_name` as people do; nothing is judged by them
    caller_shown   the caller, as the integrator lets it be shown: masked (`+48 *** 112`), never needed for anything
    listen_url     where a supervisor listens in, in the telephony system
    extra          what else the integrator knows, by names of its own
    """

    roles: Roles = ()
    started_at_ms: EpochMs = 0
    queue: Label = ""
    title: Title = ""
    language: Language = ""
    synthetic: bool = False
    team: Label = ""
    agent_id: Label = ""
    agent_name: Label = ""
    caller_shown: Word = ""
    listen_url: Url = ""
    extra: Extra = msgspec.field(default_factory=dict)

    def updated(self, newer: CallAttributes) -> CallAttributes:
        """These with what the newer ones know; an attribute that is empty there stays as it is."""
        known = {name: value for name, value in msgspec.structs.asdict(newer).items() if value}
        return msgspec.structs.replace(self, **known)

    def for_routing(self) -> CallAttributes:
        """What alone goes on of a call whose caller was not told: who may see that there is one, and its channels."""
        return CallAttributes(roles=self.roles, started_at_ms=self.started_at_ms, queue=self.queue, team=self.team)


class CallRecord(Message, frozen=True, kw_only=True):
    """Base of the messages that carry the attributes of their call. The fields after `call` are former ones."""

    call: CallAttributes = CallAttributes()
    roles: Roles | Renamed = msgspec.UNSET
    started_at_ms: EpochMs | Renamed = msgspec.UNSET
    queue: Label | Renamed = msgspec.UNSET
    title: Title | Renamed = msgspec.UNSET
    language: Language | Renamed = msgspec.UNSET
    synthetic: bool | Renamed = msgspec.UNSET

    def __post_init__(self) -> None:
        read_flat_attributes(self, self.call)


def read_flat_attributes(record: msgspec.Struct, call: CallAttributes) -> None:
    """For `__post_init__`: attributes that an older release wrote beside each other are taken over into `call`."""
    flat = {name: getattr(record, name, msgspec.UNSET) for name in CallAttributes.__struct_fields__}
    given = {name: value for name, value in flat.items() if value is not msgspec.UNSET}
    if not given:
        return
    msgspec.structs.force_setattr(record, "call", msgspec.structs.replace(call, **given))
    for name in given:
        msgspec.structs.force_setattr(record, name, msgspec.UNSET)
