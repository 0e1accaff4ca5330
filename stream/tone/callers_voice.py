"""The one thing that is judged: a segment of the caller's voice, measured and encoded.

`judge` takes nothing else, and `of` makes none from an agent's segment: no judgement of an agent can be written down.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tonewatch.stream.messages import Posterior, Prosody, Quality, Segment

_MEASURED = ("posterior", "prosody", "uncertainty", "degraded")


@dataclass(frozen=True)
class CallersVoice:
    """Made by `of` alone."""

    segment: Segment
    posterior: Posterior
    prosody: Prosody

    @classmethod
    def of(cls, segment: Segment) -> CallersVoice | None:
        """Null where there is nothing to judge, and of every agent's segment."""
        if segment.role == "agent" or segment.posterior is None or segment.prosody is None:
            return None
        return cls(segment, segment.posterior, segment.prosody)


def is_measured(segment: Segment) -> bool:
    """Does it carry what was derived of a voice, beyond when it spoke?"""
    return bool(segment.embedding) or any(getattr(segment, name) is not None for name in _MEASURED)


def times_only(segment: Segment) -> Segment:
    """An agent's segment as it may be kept: its times, and that it is the caller's own sound."""
    if segment.role != "agent" or not is_measured(segment):
        return segment
    return msgspec.structs.replace(
        segment,
        **dict.fromkeys(_MEASURED),
        embedding=b"",
        space="",
        quality=Quality(),
        abstained="echo" if segment.abstained == "echo" else None,
    )
