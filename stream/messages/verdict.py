"""What is written to `tonewatch.verdicts.v1`, as JSON: what people who heard a moment say of it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, structs

from tonewatch.stream.messages.bounds import AlertId, EpochMs, MediaMs, MomentId, Name, Title, Word
from tonewatch.stream.messages.common import Message, Plain

VerdictKind = Literal["right", "wrong", "not_actionable", "missed"]
"""`right`: the tone was as the alert says, and worth a supervisor's attention. `not_actionable`: it was, and nobody
had to do anything. `missed`: an alert was due here, and there was none."""

Rating = Annotated[int, Meta(ge=1, le=5)]


class TextRatings(Plain, frozen=True, kw_only=True):
    """How good the reason's text is, 1 (poor) to 5; null where the rater did not say.

    factual         every statement agrees with the facts and with what was said
    interpretative  what the cues mean together, and why this emotion
    completeness    the telling cues are named, and nothing idle
    fluency         coherent language that one would trust
    useful          after three seconds one knows what happened and whether to step in
    """

    factual: Rating | None = None
    interpretative: Rating | None = None
    completeness: Rating | None = None
    fluency: Rating | None = None
    useful: Rating | None = None


class Verdict(Message, frozen=True, kw_only=True, tag="verdict"):
    """Somebody heard a moment and judged it. Of one person's verdicts on one moment the newest counts; how far people
    agree is told by the newest of those that are not `sighted`.

    `alert_id` is the alert that it is about; a missed one has '' there, and is known by `call_id` and `at_ms`, the
    second of the call. `reason` is a word for why (`dashboard/web/src/review/words.ts` has those of the page), `note`
    free text. `ratings` are of the text that was shown for `moment_id`. `sighted`: others' verdicts on it had been
    shown to who gave this one.
    """

    verdict_id: Name
    verdict: VerdictKind
    by: Name
    alert_id: AlertId = ""
    at_ms: MediaMs = 0
    reason: Word = ""
    note: Title = ""
    judged_at_ms: EpochMs = 0
    moment_id: MomentId = ""
    ratings: TextRatings | None = None
    sighted: bool = False

    def without_texts(self) -> Verdict:
        """How a person judged, and nothing that they wrote of the call."""
        return structs.replace(self, note="", reason="")
