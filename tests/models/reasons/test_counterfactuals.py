from __future__ import annotations

import random

import pytest

from tonewatch.models.reasons.counterfactuals import (
    CONTRASTS,
    Counterfactual,
    calm,
    early,
    inverted,
    irrelevant,
    made_salient,
    other_words,
    restored,
    untrusted,
)
from tonewatch.stream.messages import FactsTable
from tonewatch.workers.reasons.checker.verdicts import fact_of
from tonewatch.workers.reasons.decide import negative_facts
from tonewatch.workers.reasons.engines import tokens


def changed(before: FactsTable, after: FactsTable) -> set[str]:
    return {a.name for a, b in zip(before.facts, after.facts, strict=True) if a != b}


def test_a_calm_table_has_nothing_negative_in_it(tables: dict[str, FactsTable]) -> None:
    for table in tables.values():
        after = calm(table, random.Random(1))
        assert negative_facts(after) == ()
        assert abs(after.tone - after.tone_before) < 0.05
        assert after.posterior == table.posterior_baseline


def test_a_calm_table_before_the_baseline_is_known_is_a_neutral_voice(tables: dict[str, FactsTable]) -> None:
    after = calm(early(tables["boiling"]), random.Random(1))
    assert after.facts == ()
    assert after.posterior is not None
    assert after.posterior.neutral > 0.5
    assert after.tone == after.tone_before == 0.0


@pytest.mark.parametrize("change", [inverted, restored, made_salient])
def test_one_measurement_changes_and_the_others_stay(change: Counterfactual, tables: dict[str, FactsTable]) -> None:
    for seed in range(5):
        assert len(changed(tables["boiling"], change(tables["boiling"], random.Random(seed)))) == 1


def test_a_measurement_that_is_turned_points_the_other_way(tables: dict[str, FactsTable]) -> None:
    before = tables["sinking"]
    after = inverted(before, random.Random(2))
    [name] = changed(before, after)
    old, new = (next(f for f in table.facts if f.name == name) for table in (before, after))
    assert old.delta * new.delta < 0
    assert new.value == pytest.approx(new.baseline + new.delta, abs=0.011)


def test_what_is_not_trusted_supports_nothing(tables: dict[str, FactsTable]) -> None:
    after = untrusted(tables["boiling"], random.Random(3))
    names = changed(tables["boiling"], after)
    assert names
    assert all(fact_of(after, name) is None for name in names)


def test_other_words_leave_the_voice_as_it_was(tables: dict[str, FactsTable]) -> None:
    after = other_words(tables["boiling"], ["could you spell that"])
    assert changed(tables["boiling"], after) == set()
    assert [quote.text for quote in after.quotes] == ["could you spell that"]


def test_what_does_not_matter_is_not_even_read(tables: dict[str, FactsTable]) -> None:
    for table in tables.values():
        assert tokens.read(irrelevant(table, random.Random(4))) == tokens.read(table)


@pytest.mark.parametrize("change", CONTRASTS)
def test_every_contrast_keeps_value_baseline_and_difference_together(
    change: Counterfactual, tables: dict[str, FactsTable]
) -> None:
    for table in tables.values():
        for fact in change(table, random.Random(5)).facts:
            assert fact.delta == pytest.approx(fact.value - fact.baseline, abs=0.011)
