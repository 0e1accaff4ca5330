from __future__ import annotations

import pytest

from tonewatch.models.pages.wording import interval, milliseconds, short


@pytest.mark.parametrize(("share", "shown"), [(0.85, ".85"), (0.0, "0"), (1.0, "1"), (None, "–"), (0.999, "1.00")])
def test_shares_are_short(share: float | None, shown: str) -> None:
    assert short(share) == shown


def test_times_are_in_milliseconds() -> None:
    assert (milliseconds(0.0214), milliseconds(None)) == ("21", "–")


def test_an_interval_has_two_ends_or_is_nothing() -> None:
    assert interval((1.0, 1.0)) == "1 to 1"
    assert interval(None) == "–"
