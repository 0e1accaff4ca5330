"""The transcripts of calls, each redacted with what its party said just before and just after in mind."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from tonewatch.stream.messages import SpokenWord
from tonewatch.workers.redaction.kinds import KINDS, Kind
from tonewatch.workers.redaction.redactor import Found, find, redact, redact_words

Channel = tuple[str, int]

GOES_ON_MS: Final = 10_000
"""Somebody who reads a number out pauses for no longer."""

CHANNELS_KEPT: Final = 10_000

SEGMENTS_KEPT: Final = 12
"""Of one channel: as many as a card has groups, and some between."""

UNHEARD_KEPT: Final = 48
"""Of segments that nobody heard, beside those: hold music in pieces pushes out nothing that was said."""

BEFORE_KEPT: Final = 200
BEHIND_KEPT: Final = 60
"""Characters of what was said around a transcript."""

UNKNOWN: Final = "born my pin is"
"""Stands for what was said before the earliest transcript that a redactor has of a channel in the midst of a call, as
after a restart: it may have been a word for a number or a date, so what begins with either is marked."""


@dataclass(frozen=True, slots=True)
class _Heard:
    start_ms: int
    end_ms: int
    text: str


class Redactor:
    """Marks transcripts. A number that is read out with pauses comes in several, and not in their order; so what a
    channel said in the last seconds is kept here, as it was said, until the call is forgotten. Of a channel of which
    nothing is kept, and of a segment that was left out, nobody knows what was said: what follows is marked as if it had
    been a word for a number."""

    def __init__(self, kinds: Collection[Kind] = KINDS) -> None:
        self._kinds = frozenset(kinds)
        self._heard: OrderedDict[Channel, list[_Heard]] = OrderedDict()

    def __call__(
        self, channel: Channel, start_ms: int, end_ms: int, text: str, words: Sequence[SpokenWord]
    ) -> tuple[str, tuple[SpokenWord, ...]]:
        """Text and words of the segment from `start_ms` to `end_ms` of that call and channel."""
        if not self._kinds:
            return text, tuple(words)
        before, behind = self._around(channel, _Heard(start_ms, end_ms, text))
        marked = redact(text, self._kinds, before=before, behind=behind)
        return marked, redact_words(words, self._kinds, before=before, behind=behind)

    def find(self, channel: Channel, start_ms: int, end_ms: int, text: str) -> list[Found]:
        """What would be marked in it, of all kinds."""
        before, behind = self._around(channel, _Heard(start_ms, end_ms, text))
        return find(text, before=before, behind=behind)

    def missed(self, channel: Channel, start_ms: int, end_ms: int) -> None:
        """A segment was left out unheard: what comes after it may go on from a word for a number."""
        self._keep(channel, _Heard(start_ms, end_ms, UNKNOWN))

    def call_ids(self) -> frozenset[str]:
        """The calls of which something that was said is kept."""
        return frozenset(call_id for call_id, _ in self._heard)

    def forget(self, call_id: str) -> None:
        """No transcript of the call comes any more: what was said in it is kept no longer."""
        for channel in [one for one in self._heard if one[0] == call_id]:
            del self._heard[channel]

    def _around(self, channel: Channel, heard: _Heard) -> tuple[str, str]:
        known = self._heard.get(channel, [])
        before = _chained(heard.start_ms, sorted(known, key=lambda one: -one.end_ms))
        # Nothing earlier is known, whatever was heard of later ones: they may have been heard first.
        if heard.start_ms > GOES_ON_MS and not any(one.end_ms <= heard.start_ms for one in known):
            before = UNKNOWN
        following = min(
            (one for one in known if one.start_ms >= heard.end_ms and one.text != UNKNOWN),
            key=lambda one: one.start_ms,
            default=None,
        )
        goes_on = following is not None and following.start_ms - heard.end_ms <= GOES_ON_MS
        self._keep(channel, heard)
        return before, following.text[:BEHIND_KEPT] if following is not None and goes_on else ""

    def _keep(self, channel: Channel, heard: _Heard) -> None:
        known = self._heard.pop(channel, [])
        oldest_ms = heard.start_ms - SEGMENTS_KEPT * GOES_ON_MS
        # What was left out, and is heard after all, is known from then on.
        span = (heard.start_ms, heard.end_ms)
        kept = [*(one for one in known if one.end_ms >= oldest_ms and (one.start_ms, one.end_ms) != span), heard]
        said = [one for one in kept if one.text != UNKNOWN][-SEGMENTS_KEPT:]
        self._heard[channel] = said + [one for one in kept if one.text == UNKNOWN][-UNHEARD_KEPT:]
        while len(self._heard) > CHANNELS_KEPT:
            self._heard.popitem(last=False)


def _chained(start_ms: int, latest_first: Sequence[_Heard]) -> str:
    """What was said before `start_ms` without a longer pause, as much as is kept."""
    said = ""
    for one in latest_first:
        if one.end_ms > start_ms:
            continue
        if start_ms - one.end_ms > GOES_ON_MS or len(said) >= BEFORE_KEPT:
            break
        said = f"{one.text.strip()} {said}".strip()
        start_ms = one.start_ms
    return said[-BEFORE_KEPT:]
