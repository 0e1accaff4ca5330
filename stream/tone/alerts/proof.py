"""What an alert on the tone needs before it asks somebody to act: more than what the model hears.

A posterior alone may be a strange voice, a line or a noise. Somebody is asked to act where the measurements changed
against this caller's own baseline as they do when a voice is raised or sinks, or where the words speak for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from tonewatch.stream.messages import Fact, FactsTable
from tonewatch.stream.tone.evidence.likelihood import OVERLOADED

LEAST_CONFIDENCE = 0.3
LEAST_SIGNS = 2

LOUDER_DB = 3.0
"""A raised voice is louder by this, or overloads the line."""

_RISING = ("pitch", "effort", "rate", "stress", "pitch_range")
_SINKING = {"level": -1, "pitch": -1, "effort": -1, "rate": -1, "pitch_range": -1, "pauses": 1}
"""Measures of a voice that sinks, and the sign of their change."""


def is_proven(facts: FactsTable) -> bool:
    """Does the caller's own voice, or do the words, bear out what the posterior says?"""
    if any(said.nats > 0 for said in facts.words):
        return True
    salient = [fact for fact in facts.facts if fact.salient and fact.confidence >= LEAST_CONFIDENCE]
    if facts.posterior is not None and facts.posterior.sad > facts.posterior.angry:
        return _count(salient, _SINKING.items()) >= LEAST_SIGNS
    louder = any(fact.name == "level" and fact.delta >= LOUDER_DB for fact in salient)
    return (louder or facts.overload_share >= OVERLOADED) and _count(salient, ((name, 1) for name in _RISING)) > 0


def _count(facts: Iterable[Fact], signs: Iterable[tuple[str, int]]) -> int:
    wanted = dict(signs)
    return sum(fact.name in wanted and fact.delta * wanted[fact.name] > 0 for fact in facts)
