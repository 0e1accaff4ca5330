from __future__ import annotations

import pytest

from tonewatch.stream.archive.review.agreement import agreements, cohens_kappa


def test_kappa_of_a_published_table() -> None:
    """Two readers of fifty proposals: 20 yes by both, 5 by the first alone, 10 by the second alone, 15 no by both."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert cohens_kappa(pairs) == pytest.approx(0.4)


def test_who_agrees_in_all_has_one_and_who_never_does_has_less_than_none() -> None:
    assert cohens_kappa([("right", "right"), ("wrong", "wrong")]) == 1.0
    assert cohens_kappa([("right", "wrong"), ("wrong", "right")]) == -1.0


@pytest.mark.parametrize("pairs", [[], [("right", "right")] * 3])
def test_kappa_is_not_known_where_chance_agrees_on_all(pairs: list[tuple[str, str]]) -> None:
    assert cohens_kappa(pairs) is None


def test_every_two_people_are_compared_over_what_both_judged() -> None:
    judged = {
        "a": {"Ada": "right", "Grace": "right"},
        "b": {"Ada": "wrong", "Grace": "right", "Joan": "wrong"},
        "c": {"Ada": "right"},
    }
    found = {(one.first, one.second): (one.both, one.agreed) for one in agreements(judged)}
    assert found == {("Ada", "Grace"): (2, 1), ("Ada", "Joan"): (1, 1), ("Grace", "Joan"): (1, 0)}
