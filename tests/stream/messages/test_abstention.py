"""Every word for an abstention is in the contract's list."""

from __future__ import annotations

from typing import get_args

from tonewatch.stream.messages import ABSTENTIONS, AbstainedByListener, AbstainedByMonitor


def test_every_word_has_its_meaning() -> None:
    assert set(ABSTENTIONS) == {*get_args(AbstainedByListener), *get_args(AbstainedByMonitor)}
    assert all(ABSTENTIONS.values())
