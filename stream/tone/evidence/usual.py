"""The caller's usual out of what is remembered of a call, and segments judged against it."""

from __future__ import annotations

from collections.abc import Sequence

from tonewatch.stream.messages import EMOTIONS, Posterior
from tonewatch.stream.tone.model.relative_head import RelativeHead, VoiceBaseline, unpacked, voice_baseline_of
from tonewatch.stream.tone.state import JudgedSegment


def voice_baseline(heard: Sequence[JudgedSegment]) -> VoiceBaseline:
    """Over the segments that carry an embedding."""
    known = [(unpacked(h.embedding), _shares(h.alone)) for h in heard if h.embedding and h.alone is not None]
    return voice_baseline_of([embedding for embedding, _ in known], [shares for _, shares in known])


def judge(item: JudgedSegment, usual: VoiceBaseline, head: RelativeHead) -> None:
    """Sets the item's posterior, the features that are read off it, and `degraded`; without an embedding, nothing."""
    if not item.embedding or item.alone is None:
        return
    judged = head.judge(unpacked(item.embedding), _shares(item.alone), usual)
    item.posterior = Posterior(
        **{name: round(float(share), 4) for name, share in zip(EMOTIONS, judged.posterior, strict=True)}
    )
    item.degraded = round(judged.degraded, 4)
    item.features |= {name: getattr(item.posterior, name) for name in ("angry", "happy", "sad")}


def judge_all(
    items: Sequence[JudgedSegment],
    baseline: Sequence[JudgedSegment],
    head: RelativeHead | None,
    earlier: Sequence[JudgedSegment] = (),
) -> VoiceBaseline:
    """These items, and the baseline's own, against the usual that the baseline makes now, together with `earlier`."""
    usual = voice_baseline([*earlier, *baseline])
    if head is not None:
        for item in (*baseline, *items):
            judge(item, usual, head)
    return usual


def _shares(posterior: Posterior) -> list[float]:
    return [getattr(posterior, name) for name in EMOTIONS]
