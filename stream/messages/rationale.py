"""What is written to `tonewatch.rationales.v1`, as JSON: why, with what the facts say to each claim."""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.messages.common import Message, ModelRef, Plain
from tonewatch.stream.messages.moment import MomentKind

Decision = Literal["confirm", "change", "withdraw", "abstain"]
"""What an answer does to its alert. `change`: the tone did degrade, in another way than the encoder heard (`label`)."""


class Claim(Plain, frozen=True, kw_only=True):
    """One statement found in a reason, and what the facts say to it."""

    text: str
    kind: str
    verdict: Literal["true", "false", "unsupported"]
    fact: str = ""


class Rationale(Message, frozen=True, kw_only=True, tag="rationale"):
    """Why. `text` is fit to be shown: every claim in it agrees with the facts of the moment.

    `source` is who wrote `text`; `fallback` says why it was not the model. `claims` are those of the model's text.
    """

    moment_id: str
    alert_id: str
    kind: MomentKind
    at_ms: int
    text: str
    source: Literal["model", "facts"]
    decision: Decision
    label: str
    confidence: float
    fallback: Literal["", "missing", "late", "malformed", "contradicts", "empty", "shed"] = ""
    claims: tuple[Claim, ...] = ()
    claims_total: int = 0
    claims_false: int = 0
    model: ModelRef | None = None
    seconds: float = 0.0
    emitted_at_ms: int = 0
