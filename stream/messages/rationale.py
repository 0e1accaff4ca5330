"""What is written to `tonewatch.rationales.v1`, as JSON: why, with what the facts say to each claim."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from tonewatch.stream.messages.bounds import (
    MOST_CLAIMS,
    AlertId,
    ClaimText,
    Computed,
    Count,
    EpochMs,
    MediaMs,
    MomentId,
    Reason,
    Word,
)
from tonewatch.stream.messages.common import Message, ModelRef, Plain
from tonewatch.stream.messages.moment import MomentKind

Decision = Literal["confirm", "change", "withdraw", "abstain"]
"""What an answer does to its alert. `change`: the tone did degrade, in another way than the encoder heard (`label`)."""


class Claim(Plain, frozen=True, kw_only=True):
    """One statement found in a reason, and what the facts say to it."""

    text: ClaimText
    kind: Word
    verdict: Literal["true", "false", "unsupported"]
    fact: Word = ""


class Rationale(Message, frozen=True, kw_only=True, tag="rationale"):
    """Why. `text` is fit to be shown: every claim in it agrees with the facts of the moment.

    `source` is who wrote `text`; `fallback` says why the model did not decide. A model's decision may be said in the
    words of the argument that is made from the facts, where both agree: `source` is `facts` then, `fallback` empty.
    `claims` are those of the model's text. `closing`: the call is over, and `text` is the one line that sums it up.
    """

    moment_id: MomentId
    alert_id: AlertId
    kind: MomentKind
    at_ms: MediaMs
    text: Reason
    source: Literal["model", "facts"]
    decision: Decision
    label: Word
    confidence: Computed
    fallback: Literal["", "missing", "late", "malformed", "contradicts", "empty", "shed"] = ""
    claims: Annotated[tuple[Claim, ...], Meta(max_length=MOST_CLAIMS)] = ()
    claims_total: Count = 0
    claims_false: Count = 0
    model: ModelRef | None = None
    seconds: Computed = 0.0
    emitted_at_ms: EpochMs = 0
    closing: bool = False
