"""An alert's story as lines of text, from the alert down to the offsets of its audio."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from tonewatch.stream.messages import Alert, Evidence, Fact, ModelRef, Provenance, Rationale, Segment
from tonewatch.workers.provenance.recompute import Agreement
from tonewatch.workers.provenance.story import Story

GONE = "gone"


def told(
    story: Story,
    here: Provenance,
    agreements: Mapping[str, Agreement],
    gone: Mapping[str, str],
) -> list[str]:
    """`here` is what this installation would make; `gone` says by segment why its audio cannot be heard again."""
    return [
        *_alert(story),
        *_made_by(story.decided, here),
        *_rule(story.decided),
        *_facts(story.decided),
        *_evidence(story, agreements, gone),
        *_reasons(story.rationales),
        *_people(story.alert),
        *summary(story, agreements, gone),
    ]


def _alert(story: Story) -> Iterator[str]:
    alert, first = story.alert, story.decided
    yield f"alert      {alert.alert_id}"
    yield f"           rule {alert.rule}, {alert.severity}, now {alert.state}; decided by {alert.decided_by}"
    yield f"           {first.sentence}"
    times = f"tone turned at {_at(first.onset_ms)}, fired at {_at(first.fired_ms)}"
    yield f"           {times}, told {_clock(first.emitted_at_ms)}"
    for one in story.states:
        yield f"           state {one.seq}: {one.event or one.state} {_clock(one.emitted_at_ms)}"


def _made_by(alert: Alert, here: Provenance) -> Iterator[str]:
    made = alert.made_by
    yield f"encoder    {_model(alert.model)}"
    if made is None:
        yield "made by    not known: a release before alerts said so"
        return
    for name in ("release", "code", "rules", "settings", "head", "manners"):
        then, now = getattr(made, name), getattr(here, name)
        same = "as here" if then == now else f"here {now or 'none'}"
        yield f"{name:<10} {then or 'none'} ({same})"


def _rule(alert: Alert) -> Iterator[str]:
    t = alert.thresholds
    yield (
        f"thresholds fires at {t.fire:g} {t.unit}, clears at {t.clear:g}, holds {t.hold_ms} ms, "
        f"cools down {t.cooldown_ms} ms, {t.min_segments} segments at least"
    )


def _facts(alert: Alert) -> Iterator[str]:
    facts = alert.facts
    yield f"facts      at {_at(facts.at_ms)}, over {_at(facts.window_start_ms)} to {_at(facts.window_end_ms)}"
    tone = f"tone {facts.tone:+.2f}, usually {facts.tone_before:+.2f}"
    yield f"           baseline of {facts.baseline_segments} segments; {tone}"
    for fact in facts.facts:
        yield f"           {_fact(fact)}"
    for said in facts.words:
        yield f"           words at {_at(said.start_ms)} speak of {said.of}, {said.nats:+.2f} nats"


def _fact(fact: Fact) -> str:
    salient = ", stands out" if fact.salient else ""
    return (
        f"{fact.name} {fact.value:g} {fact.unit}, usually {fact.baseline:g}: {fact.delta:+g}, z {fact.z:+.1f}, "
        f"confidence {fact.confidence:.2f}{salient}"
    )


def _evidence(story: Story, agreements: Mapping[str, Agreement], gone: Mapping[str, str]) -> Iterator[str]:
    for item in story.decided.evidence:
        yield f"segment    {item.segment_id}, {_at(item.start_ms)} to {_at(item.end_ms)}, tone {item.tone:+.2f}"
        yield f"           audio {item.audio.topic} partition {item.audio.partition} offsets {_offsets(item)}"
        yield f"           {_segment(story.segments.get(item.segment_id))}"
        if item.segment_id in story.kept_audio:
            yield f"           archive: {story.kept_audio[item.segment_id]}"
        yield f"           {_again(item.segment_id, agreements, gone)}"


def _offsets(item: Evidence) -> str:
    return f"{item.audio.first_offset} to {item.audio.last_offset}"


def _segment(segment: Segment | None) -> str:
    if segment is None:
        return "its record is no longer in Kafka"
    if segment.posterior is None:
        return f"not judged: {segment.abstained}"
    angry, happy, neutral, sad = segment.posterior.shares()
    return (
        f"posterior angry {angry:.4f} happy {happy:.4f} neutral {neutral:.4f} sad {sad:.4f}, by {_model(segment.model)}"
    )


def _again(segment_id: str, agreements: Mapping[str, Agreement], gone: Mapping[str, str]) -> str:
    agreement = agreements.get(segment_id)
    if agreement is None:
        return f"not made again: {gone.get(segment_id, 'not tried')}"
    if agreement.why:
        return f"made again, and DIFFERS: {agreement.why}"
    of = [
        f"{name} by {value:.4f}" for name, value in (("posterior", agreement.posterior), ("prosody", agreement.prosody))
        if value is not None
    ]  # fmt: skip
    return f"made again, and agrees; differs in {' and '.join(of) or 'nothing that is measured'} at most"


def _reasons(rationales: list[Rationale]) -> Iterator[str]:
    for reason in rationales:
        yield f"reason     at {_at(reason.at_ms)}, {reason.kind}: {reason.text}"
        fallback = f", instead of the model ({reason.fallback})" if reason.fallback else ""
        yield f"           by {reason.source}{fallback}, {_model(reason.model)}; {reason.decision}, {reason.label}"
        yield f"           checked: {reason.claims_total} claims, {reason.claims_false} against the facts"
        for claim in reason.claims:
            yield f"           {claim.verdict}: {claim.text}" + (f" (by {claim.fact})" if claim.fact else "")


def _people(alert: Alert) -> Iterator[str]:
    for done in alert.acted:
        yield f"person     {done.by}: {done.action} {_clock(done.acted_at_ms)}"


def summary(story: Story, agreements: Mapping[str, Agreement], gone: Mapping[str, str]) -> list[str]:
    """How much of the evidence came out again."""
    total = len(story.decided.evidence)
    differ = [one for one in agreements.values() if one.why]
    lines = [f"{len(agreements)} of {total} segments made again, {len(differ)} differ"]
    if reasons := sorted(set(gone.values())):
        lines.append(f"{len(gone)} cannot be: {'; '.join(reasons)}")
    return lines


def _model(model: ModelRef | None) -> str:
    if model is None:
        return "no model"
    return f"{model.name} {model.version}" + (f" on {model.provider}" if model.provider else "")


def _at(ms: int) -> str:
    return f"{ms / 1000:.1f} s"


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S") if at_ms else "(time not known)"
