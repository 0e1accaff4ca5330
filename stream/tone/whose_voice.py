"""Whose voice may be judged, and kept: the caller's, of a call whose notice is known. What is measured of another is
refused.

A listener writes nothing of the kind; whoever can write to the segments topic could. What the monitor refuses is a dead
letter without its bytes: what should never have been derived is not kept for a month. The archive goes by the same
function, and keeps none of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from tonewatch.stream.errors import NotTheCallers
from tonewatch.stream.messages import Segment, Words
from tonewatch.stream.messages.common import Role
from tonewatch.stream.tone.callers_voice import is_measured

Bound = dict[str, list[Role]]
"""By channel, the roles that the call has bound it to; empty where they are not known."""


class CallKnown(Protocol):
    """What must be known of a call. `told`: was its caller told of the analysis? Null where no CallOpened said so."""

    told: bool | None
    bound: Bound


def bind(bound: Bound, roles: Iterable[Role]) -> None:
    """Note which roles a channel has had: a segment that was open when they changed comes after the change."""
    for channel, role in enumerate(roles):
        had = bound.setdefault(str(channel), [])
        if role not in had:
            had.append(role)


def check(memory: CallKnown, message: object) -> None:
    """Before a message changes anything that is remembered of its call.

    Raises:
        NotTheCallers: it carries what was derived of an agent's voice (`agent_measured`, `agent_words`), of a channel
            that the call binds to another role (`role_not_bound`) or does not have (`channel_not_bound`), or of a call
            whose caller was not told (`no_notice`), or of whom nobody said so (`notice_unknown`).
    """
    match message:
        case Segment():
            _check_segment(memory, message)
        case Words():
            _check_words(memory, message)


def _check_segment(memory: CallKnown, segment: Segment) -> None:
    measured = is_measured(segment)
    if segment.role == "agent" and measured:
        raise NotTheCallers("an agent's segment carries more than its times", reason="agent_measured")
    bound = _bound(memory, segment.channel)
    if bound is not None and segment.role not in bound:
        raise NotTheCallers(
            f"channel {segment.channel} of the call is {' or '.join(bound)}, the segment says {segment.role}",
            reason="role_not_bound",
        )
    if measured:
        _check_notice(memory)


def _check_words(memory: CallKnown, words: Words) -> None:
    bound = _bound(memory, words.channel)
    if bound == ["agent"]:
        raise NotTheCallers(f"channel {words.channel} of the call is the agent's alone", reason="agent_words")
    _check_notice(memory)


def _check_notice(memory: CallKnown) -> None:
    if memory.told is None:
        raise NotTheCallers(
            "nobody said whether the caller was told (no CallOpened before it)", reason="notice_unknown"
        )
    if not memory.told:
        raise NotTheCallers("the caller was not told that the tone is analysed", reason="no_notice")


def _bound(memory: CallKnown, channel: int) -> list[Role] | None:
    """The roles that the channel has had; null where the call's roles are not known, as of one joined in its midst."""
    if not memory.bound:
        return None
    if (found := memory.bound.get(str(channel))) is None:
        raise NotTheCallers(f"the call has no channel {channel}", reason="channel_not_bound")
    return found
