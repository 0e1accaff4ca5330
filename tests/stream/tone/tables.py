"""Generated facts tables, which tests of arguments and sentences share."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from tonewatch.stream.messages import Fact, FactsTable, Posterior, Quote, Said

UNITS = {
    "pitch": "st",
    "pitch_range": "st",
    "level": "dB",
    "effort": "dB",
    "rate": "syl/s",
    "pauses": "share",
    "stress": "per_s",
    "angry": "share",
    "happy": "share",
    "sad": "share",
}
RANGES = {"st": (0.0, 36.0), "dB": (-60.0, 0.0), "syl/s": (0.5, 9.0), "share": (0.0, 1.0), "per_s": (0.0, 4.0)}
SAID = [
    Said(segment_id="c/0/1", start_ms=55_000, of="leaving", nats=1.0),
    Said(segment_id="c/0/2", start_ms=56_000, of="relief", nats=-0.8),
]
SPOKEN = [
    "I just told you that.",
    "Oh, that's wonderful. Thank you so much.",
    "Where is the",
    "This is the third time, it is unacceptable.",
    "I can't take this any more.",
    "The number is nine.",
]


def fact(name: str, value: float, baseline: float, z: float, *, salient: bool = True, confidence: float = 1.0) -> Fact:
    return Fact(
        name=name,
        value=value,
        baseline=baseline,
        unit=UNITS[name],
        delta=value - baseline,
        z=z,
        salient=salient,
        confidence=confidence,
    )


def table(*facts: Fact, tone: float = -0.6, before: float = 0.1) -> FactsTable:
    return FactsTable(
        at_ms=60_000,
        window_start_ms=50_000,
        window_end_ms=60_000,
        baseline_segments=9,
        tone=tone,
        tone_before=before,
        facts=facts,
        posterior=None,
        posterior_baseline=None,
    )


@st.composite
def posteriors(draw: st.DrawFn) -> Posterior:
    weights = draw(st.tuples(*[st.floats(0.01, 1.0)] * 4))
    return Posterior.of(weight / sum(weights) for weight in weights)


@st.composite
def measured(draw: st.DrawFn, names: list[str]) -> tuple[Fact, ...]:
    facts = []
    for name in draw(st.lists(st.sampled_from(names), unique=True)):
        numbers = st.floats(*RANGES[UNITS[name]])
        value, baseline = draw(numbers), draw(numbers)
        z = draw(st.floats(0.0, 20.0)) * (1 if value >= baseline else -1)
        found = fact(name, value, baseline, z, salient=abs(z) >= 2, confidence=draw(st.floats(0.0, 1.0)))
        facts.append(found)
    return tuple(facts)


@st.composite
def tables(draw: st.DrawFn) -> FactsTable:
    """Tables that contradict themselves in every way that fields allow, as no call would."""
    tones = st.floats(-1.0, 1.0)
    voice = [name for name in UNITS if UNITS[name] != "share" or name == "pauses"]
    known = draw(st.booleans())
    since = draw(st.one_of(st.none(), tones))
    spoken = draw(st.lists(st.sampled_from(SPOKEN), max_size=2, unique=True))
    over_ms = draw(st.sampled_from([0, 800]))
    return msgspec.structs.replace(
        table(*(draw(measured(sorted(UNITS))) if known else ()), tone=draw(tones), before=draw(tones)),
        baseline_segments=9 if known else 0,
        posterior=draw(st.one_of(st.none(), posteriors())),
        posterior_baseline=draw(st.one_of(st.none(), posteriors())) if known else None,
        words=tuple(draw(st.lists(st.sampled_from(SAID), max_size=2))),
        quotes=tuple(
            Quote(segment_id=f"c/0/{at}", start_ms=52_000 + at, text=text, confidence=draw(st.sampled_from([0.2, 0.9])))
            for at, text in enumerate(spoken)
        ),
        since_ms=None if since is None else 20_000,
        tone_since=since,
        changed=() if since is None or not known else draw(measured(voice)),
        posterior_since=None if since is None else draw(st.one_of(st.none(), posteriors())),
        talk_over_ms=over_ms,
        interruptions_by_caller=draw(st.integers(0, 1)),
        interruptions_by_agent=draw(st.integers(0, 1)),
        repeated=draw(st.sampled_from(["", "nobody called me back"])),
        overload_share=draw(st.sampled_from([0.0, 0.1])),
        onset_ms=draw(st.sampled_from([None, 41_000])),
        one_word_answers=draw(st.sampled_from([0, 2])),
        falls_silent_ms=draw(st.sampled_from([0, 3_000])),
        laughs=draw(st.integers(0, 1)),
    )
