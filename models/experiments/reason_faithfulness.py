"""How often is a language model's reason true? Twenty facts tables, one reason each, every claim checked.

    .venv/bin/python models/experiments/reason_faithfulness.py            # Gemma 3 270M, in process
    .venv/bin/python models/experiments/reason_faithfulness.py --show     # with what it wrote

With TONEWATCH_LLM=http and its address the same is measured of a server.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections import Counter

import numpy as np

from tonewatch.models.reasons.asking import Recording
from tonewatch.stream.messages import Fact, FactsTable, Moment, Posterior, Quote, Rationale
from tonewatch.stream.settings import ExplainSettings, load
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.engines.engine import Completion
from tonewatch.workers.reasons.engines.factory import make_engine
from tonewatch.workers.reasons.explain import explain

KINDS = ("heats up", "sinks", "delighted", "unchanged", "cold")
SPREADS = {"level": 2.0, "pitch": 1.2, "pitch_range": 1.2, "effort": 1.8, "rate": 0.45, "pauses": 0.06, "stress": 0.3}
BASELINE = {
    "level": -22.0,
    "pitch": 14.0,
    "pitch_range": 6.0,
    "effort": -12.0,
    "rate": 4.6,
    "pauses": 0.15,
    "stress": 1.1,
}
UNITS = {"level": "dB", "pitch": "st", "pitch_range": "st", "effort": "dB", "rate": "syl/s", "pauses": "share"}
WAYS: dict[str, dict[str, float]] = {
    "heats up": {"level": 3.5, "pitch": 3, "effort": 2.5, "rate": 2.5, "angry": 1, "pitch_range": 1.5},
    "sinks": {"level": -2.5, "pitch": -2.2, "pitch_range": -2.5, "rate": -2.5, "pauses": 3, "sad": 1},
    "delighted": {"pitch": 2.8, "pitch_range": 3, "level": 1.2, "happy": 1},
    "unchanged": {},
    "cold": {"pitch_range": -2.5, "effort": 2.4, "stress": 2.6, "level": -0.8, "angry": 0.7},
}
SAID = {
    "heats up": ("this is the third time I am calling about it", "I want my money back right now"),
    "sinks": ("I do not know what to do any more", "we have had no heating for a week"),
    "delighted": ("that is brilliant, thank you", "you have been so helpful today"),
    "unchanged": ("could you spell that for me please", ""),
    "cold": ("fine, do whatever you want", "I see, so nobody is responsible"),
}


def moment(number: int, rng: np.random.Generator) -> Moment:
    kind = KINDS[number % len(KINDS)]
    ways = WAYS[kind]
    facts = []
    for name, spread in SPREADS.items():
        z = ways.get(name, 0.0) * rng.uniform(0.85, 1.3) + rng.uniform(-0.6, 0.6)
        unit = UNITS.get(name, "per_s")
        facts.append(
            _fact(
                name, BASELINE[name], max(z * spread, 0.02 - BASELINE[name]) if unit == "share" else z * spread, unit, z
            )
        )
    heard = {name: rng.uniform(0.03, 0.12) for name in ("angry", "happy", "sad")}
    now = {name: share + ways.get(name, 0.0) * rng.uniform(0.45, 0.6) for name, share in heard.items()}
    for name, share in heard.items():
        facts.append(_fact(name, share, now[name] - share, "share", 8 * (now[name] - share)))
    tone = {"delighted": 0.5, "unchanged": 0.03}.get(kind, -0.5) * rng.uniform(0.8, 1.3)
    said = SAID[kind][number // len(KINDS) % 2]
    at_ms = 60_000 + 7_000 * number
    table = FactsTable(
        at_ms=at_ms,
        window_start_ms=at_ms - 10_000,
        window_end_ms=at_ms,
        baseline_segments=9,
        tone=tone,
        tone_before=0.02,
        facts=tuple(facts),
        posterior=_posterior(now),
        posterior_baseline=_posterior(heard),
        talk_over_ms=1500 if kind == "heats up" and number % 2 else 0,
        quotes=(Quote(segment_id="c/0/0", start_ms=at_ms - 4_000, text=said),) if said else (),
    )
    return Moment(
        call_id=kind, moment_id=f"{kind}/{number}", kind="onset", at_ms=at_ms, alert_id=kind, facts=table, sentence="."
    )


def _fact(name: str, baseline: float, delta: float, unit: str, z: float) -> Fact:
    return Fact(name=name, value=baseline + delta, baseline=baseline, unit=unit, delta=delta, z=z, salient=abs(z) >= 2)


def _posterior(shares: dict[str, float]) -> Posterior:
    return Posterior(neutral=1 - sum(shares.values()), **shares)


async def measure(tables: int, show: bool) -> None:
    settings = load(ExplainSettings)
    engine = await make_engine(settings)
    if engine is None:
        sys.exit("No language model: install tonewatch[llm], or name a server.")
    recording = Recording(engine)
    rng = np.random.default_rng(7)
    found: list[tuple[Rationale, Completion]] = []
    for number in range(tables):
        rationale = await explain(moment(number, rng), recording, deadline_s=120.0, clock=time.monotonic)
        found.append((rationale, recording.last))
        if show:
            sys.stdout.write(f"--- {rationale.call_id}\n{recording.last.text}\n")
            sys.stdout.write("".join(f"    {c.verdict:12}{c.text}\n" for c in rationale.claims))
            sys.stdout.write(f"=> {rationale.source} {rationale.fallback} {rationale.decision}: {rationale.text}\n")
    await recording.aclose()
    sys.stdout.write(summary(found, recording.ref.name))


def summary(found: list[tuple[Rationale, Completion]], name: str) -> str:
    verdicts = Counter(c.verdict for rationale, _ in found for c in rationale.claims)
    claims = max(1, verdicts.total())
    shown = Counter(r.fallback or "model" for r, _ in found)
    seconds = [r.seconds for r, _ in found]
    parsed = sum(parse(c.text) is not None for _, c in found)
    return (
        f"{name}: {len(found)} tables, {parsed} answers parsed, {claims} claims:"
        + "".join(f" {verdicts[v]} {v} ({100 * verdicts[v] / claims:.0f} %)" for v in ("true", "false", "unsupported"))
        + f"\nshown: {dict(shown)}; seconds each: median {statistics.median(seconds):.1f}, most {max(seconds):.1f}\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=20)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.tables, arguments.show))
