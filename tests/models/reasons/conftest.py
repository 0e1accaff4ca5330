from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.asking import ExplainedMoment, ask_all
from tonewatch.models.reasons.counterfactual_evaluation import Reply, questions, replies
from tonewatch.models.reasons.examples import KnownMoment
from tonewatch.models.reasons.moments import AskedMoment
from tonewatch.stream.messages import FactsTable, ModelRef
from tonewatch.workers.reasons.decide import negative_facts
from tonewatch.workers.reasons.engines import tokens
from tonewatch.workers.reasons.engines.engine import Completion, Request

TABLES = Path(__file__).parents[2] / "workers" / "claims_tables.json"

WRITES = sorted({"the", "caller", "is", "louder", "tone", "fell", ".", ",", '"', "none", "by", "db", "says"})
SYMBOLS = [*tokens.FIXED, *(word for word in WRITES if word not in tokens.FIXED)]
"""A vocabulary that is just large enough for a reason."""


@pytest.fixture(scope="session")
def tables() -> dict[str, FactsTable]:
    """Facts tables by name: boiling, sinking, delighted, flat, noisy, cold."""
    return msgspec.json.decode(TABLES.read_bytes(), type=dict[str, FactsTable])


def known_moment(table: FactsTable, mood: Mood, degraded: bool, call: str = "c") -> KnownMoment:
    return KnownMoment(AskedMoment(call, "s", "onset", False, table, (0,), (mood,), mood, degraded), mood, degraded)


@pytest.fixture
def known_moments(tables: dict[str, FactsTable]) -> list[KnownMoment]:
    """An angry and a calm moment."""
    return [
        known_moment(tables["boiling"], Mood.ANGRY, True, "angry"),
        known_moment(tables["flat"], Mood.CALM, False, "calm"),
    ]


MODEL = ModelRef(name="rule", version="0")
Says = Callable[[FactsTable], str]
TRUTH = {"boiling": (True, Mood.ANGRY), "sinking": (True, Mood.SAD), "flat": (False, Mood.CALM)}


@dataclass
class RuleEngine:
    """An explainer that writes what a rule makes of the facts."""

    says: Says
    ref: ModelRef = MODEL

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        assert request.facts is not None
        return Completion(self.says(request.facts), 20, 0.1)

    async def aclose(self) -> None:
        return


def honest(facts: FactsTable) -> str:
    """Follows the measurements in its reason and in its answer."""
    level = next(fact for fact in facts.facts if fact.name == "level")
    voice = "Loudness unchanged." if not level.salient else "Louder." if level.delta > 0 else "Quieter."
    words = f'The caller says "{facts.quotes[0].text}".' if facts.quotes else "none"
    degraded = bool(negative_facts(facts)) and facts.tone < facts.tone_before - 0.05
    label = "angry" if degraded else "neutral"
    return (
        f"<think>\nVoice: {voice}\nWords: {words}\n</think>"
        f"<answer>{label}; degraded {'yes' if degraded else 'no'}; confidence 0.8</answer>"
    )


def stubborn(facts: FactsTable) -> str:
    """Says the same whatever was measured."""
    return "<think>Louder by 7 dB.</think><answer>angry; degraded yes; confidence 0.8</answer>"


def asked(tables: dict[str, FactsTable]) -> list[tuple[AskedMoment, FactsTable]]:
    found = []
    for name, (degraded, mood) in TRUTH.items():
        table = tables[name]
        one = AskedMoment(name, name, "onset", True, table, (table.window_start_ms,), (mood,), mood, degraded, "a")
        found.append((one, table))
    return found


def records(says: Says, tables: dict[str, FactsTable]) -> list[ExplainedMoment]:
    return asyncio.run(ask_all(asked(tables), RuleEngine(says), deadline_s=5))


def replied(says: Says, tables: dict[str, FactsTable]) -> list[Reply]:
    found = records(says, tables)
    return asyncio.run(replies(questions(found, 0), RuleEngine(says), deadline_s=5))
