"""What speaks for a call whose channels were bound the wrong way round: an agent on the channel of the caller.

Only what is known of both anyway is looked at: when each spoke, and the words of the channel that is called the
caller's. A greeting of the house there is telling in one call; who speaks first tells of a deployment alone, over many.
"""

from __future__ import annotations

from typing import Final

import msgspec

from tonewatch.stream.messages import Segment, Words
from tonewatch.stream.messages.common import Role
from tonewatch.stream.tone.greetings import greets
from tonewatch.stream.tone.turns import NO_SPEECH

GREETED_WITHIN_MS: Final = 30_000
"""A greeting stands at the beginning; later a caller may quote one."""

HEARD_MS: Final = 3_000
"""Of either party's speech, before anything is said of who spoke first."""


class Sides(msgspec.Struct, kw_only=True):
    """`first_ms` and `spoken_ms` by role; `greeted`: the caller's channel spoke like who answers for a house."""

    first_ms: dict[Role, int] = msgspec.field(default_factory=dict)
    spoken_ms: dict[Role, int] = msgspec.field(default_factory=dict)
    greeted: bool = False

    def note(self, segment: Segment, abstained: str | None) -> None:
        """A segment that was counted; echoes, tones and noise are nobody's speech."""
        if abstained in NO_SPEECH:
            return
        role, length_ms = segment.role, segment.end_ms - segment.start_ms
        self.first_ms[role] = min(segment.start_ms, self.first_ms.get(role, segment.start_ms))
        self.spoken_ms[role] = self.spoken_ms.get(role, 0) + length_ms

    def hear(self, words: Words) -> None:
        """What was said on the channel that is called the caller's: no other channel has words."""
        if words.start_ms <= GREETED_WITHIN_MS and greets(words.text):
            self.greeted = True

    @property
    def first(self) -> Role | None:
        """Who spoke first; null while one party was not heard, or too little to say."""
        roles: tuple[Role, Role] = ("customer", "agent")
        if any(self.spoken_ms.get(role, 0) < HEARD_MS for role in roles):
            return None
        return min(roles, key=lambda role: self.first_ms[role])
