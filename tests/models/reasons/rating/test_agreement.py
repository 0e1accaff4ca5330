from __future__ import annotations

import pytest

from tonewatch.models.reasons.rating.agreement import ordinal_alpha


def units() -> list[list[int]]:
    """Example C of Krippendorff 2011: four observers, twelve units, ratings missing."""
    rows = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    return [[rating for rating in column if rating is not None] for column in zip(*rows, strict=True)]


def test_the_published_example_gives_its_published_alpha() -> None:
    assert ordinal_alpha(units()) == pytest.approx(0.815, abs=0.001)


def test_raters_who_always_agree_have_one_and_those_who_never_do_are_under_chance() -> None:
    assert ordinal_alpha([[1, 1], [3, 3], [5, 5]]) == pytest.approx(1.0)
    opposed = ordinal_alpha([[1, 5], [5, 1]])
    assert opposed is not None and opposed < 0


@pytest.mark.parametrize("given", [[], [[3], [4]], [[2, 2], [2, 2]]])
def test_nothing_is_said_where_nobody_could_disagree(given: list[list[int]]) -> None:
    assert ordinal_alpha(given) is None
