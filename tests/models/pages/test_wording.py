from __future__ import annotations

import pytest

from tonewatch.models.evaluation.results import result
from tonewatch.models.evaluation.wording import interval, milliseconds, short

from .conftest import MakeAnswers


@pytest.mark.parametrize(("share", "told"), [(0.85, ".85"), (0.0, "0"), (1.0, "1"), (None, "–"), (0.999, "1.00")])
def test_shares_are_short(share: float | None, told: str) -> None:
    assert short(share) == told


def test_times_are_in_milliseconds() -> None:
    assert (milliseconds(0.0214), milliseconds(None)) == ("21", "–")


def test_an_interval_has_two_ends_or_is_nothing(make_answers: MakeAnswers) -> None:
    assert interval(result(make_answers([0, 1, 2, 3], [0, 1, 2, 3]))) == "1 to 1"
    assert interval(result(make_answers([0], [0]))) == "–"
