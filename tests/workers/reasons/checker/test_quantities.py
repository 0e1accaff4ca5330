"""Numbers with their units and times, as they stand in a sentence."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.workers.reasons.checker.english_numerals import ENGLISH_NUMERALS
from tonewatch.workers.reasons.checker.quantities import find_quantities, find_times


@pytest.mark.parametrize(
    ("text", "number", "unit", "role"),
    [
        ("louder by 6 db", 6.0, "dB", "delta"),
        ("up 4.2 semitones", 4.2, "st", "any"),
        ("at 5.9 syllables a second", 5.9, "syl/s", "value"),
        ("two semitones", 2.0, "st", "any"),
        ("a decibel", 1.0, "dB", "any"),
        ("pauses at 36 %", 36.0, "%", "value"),
        ("around 210 hz", 210.0, "Hz", "any"),
        ("a third of the time", 33.3, "%", "value"),
        ("twice as fast", 2.0, "times", "delta"),
        ("halved", 0.5, "times", "delta"),
        ("fell to -0.62", -0.62, "", "value"),
    ],
)
def test_a_number_is_read_with_its_unit_and_its_role(text: str, number: float, unit: str, role: str) -> None:
    (found,) = find_quantities(text, ENGLISH_NUMERALS)
    assert (found.number, found.unit, found.role) == (number, unit, role)


@pytest.mark.parametrize(
    ("text", "value", "baseline", "unit"),
    [
        ("from 4.6 to 5.9 syllables a second", 5.9, 4.6, "syl/s"),
        ("5.9 syllables a second against 4.6", 5.9, 4.6, "syl/s"),
        ("66 %, usually 15 %", 66.0, 15.0, "%"),
        ("36 % of the time instead of 14 %", 36.0, 14.0, "%"),
    ],
)
def test_a_pair_is_a_value_and_its_baseline(text: str, value: float, baseline: float, unit: str) -> None:
    (found,) = find_quantities(text, ENGLISH_NUMERALS)
    assert (found.number, found.second, found.unit) == (value, baseline, unit)


@pytest.mark.parametrize(
    ("word", "bound"), [("about", "about"), ("nearly", "about"), ("over", "over"), ("at most", "under"), ("", "")]
)
def test_a_word_in_front_bounds_a_number(word: str, bound: str) -> None:
    (found,) = find_quantities(f"by {word} 6 db".replace("  ", " "), ENGLISH_NUMERALS)
    assert found.bound == bound


@pytest.mark.parametrize(
    ("text", "ms", "lasting"),
    [
        ("at 0:42", 42_000, False),
        ("since 12:05", 725_000, False),
        ("at 42 s into the call", 42_000, False),
        ("after ten seconds", 10_000, False),
        ("for two seconds", 2_000, True),
        ("over the last 8 seconds", 8_000, True),
    ],
)
def test_a_time_is_a_moment_or_a_length(text: str, ms: float, lasting: bool) -> None:
    (found,) = find_times(text, ENGLISH_NUMERALS)
    assert (found.ms, found.lasting) == (ms, lasting)


@given(st.text(alphabet="0123456789.:% abdefhimnorst-", max_size=40))
def test_readings_lie_within_the_text_and_never_overlap(text: str) -> None:
    for found in (find_quantities(text, ENGLISH_NUMERALS), find_times(text, ENGLISH_NUMERALS)):
        spans = [(one.start, one.end) for one in found]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
