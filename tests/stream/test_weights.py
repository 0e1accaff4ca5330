from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream import weights
from tonewatch.stream.errors import DependencyError
from tonewatch.stream.weights import relative_head_file, weights_folder


def test_the_folder_of_the_setting_wins_over_the_announced_one() -> None:
    assert weights_folder("somewhere") == Path("somewhere")


def test_an_installed_package_announces_a_folder_that_holds_the_head_of_each_set() -> None:
    assert relative_head_file("full", weights_folder()).is_file()
    assert relative_head_file("commercial", weights_folder()).is_file()


def test_without_a_package_that_announces_one_the_error_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "entry_points", lambda **_group: ())
    with pytest.raises(DependencyError, match="TONEWATCH_WEIGHTS_FOLDER"):
        weights_folder()
