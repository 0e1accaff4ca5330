from __future__ import annotations

import pytest

from tonewatch.workers.redaction.amounts import amounts, clocks, is_measured, is_spoken_time, speaks_of_quantity


@pytest.mark.parametrize("said", ["$1,249.99", "39,99 Euro", "10:30", "45 minutes", "1.250.000"])
def test_money_measures_and_times_are_amounts(said: str) -> None:
    assert any(start == 0 for start, _ in amounts(said))


@pytest.mark.parametrize("said", ["4111,1111,1111,1111", "12.34.56.78", "12:34:56"])
def test_groups_of_a_number_are_none(said: str) -> None:
    assert not list(amounts(said))


def test_a_unit_stands_behind_and_a_word_before_a_time() -> None:
    assert is_measured("two three weeks", 9)
    assert not is_measured("two three weekend", 9)
    assert is_spoken_time("at 12 30", 3, ("12", "30"))
    assert not is_spoken_time("at 12 75", 3, ("12", "75"))
    assert not is_spoken_time("my 12 30", 3, ("12", "30"))
    assert list(clocks("um 9:15")) == [(3, 7)]


def test_a_word_of_cost_or_count_makes_values_of_what_follows() -> None:
    assert speaks_of_quantity("call volume", 0, 11)
    assert speaks_of_quantity("der Zählerstand", 0, 15)
    assert not speaks_of_quantity("my number", 0, 9)
