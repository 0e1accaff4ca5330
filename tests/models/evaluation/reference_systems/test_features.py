from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.evaluation.reference_systems.features import Description, FeatureExtractor, Store
from tonewatch.models.evaluation.sound import Band, Sound, over_band
from tonewatch.models.shipped import voice_like
from tonewatch.stream.errors import StoreError


class CountingExtractor(FeatureExtractor):
    def __init__(self, kind: str, answer: Description) -> None:
        self.kind = kind
        self.asked = 0
        self._answer = answer

    def describe(self, sound: Sound) -> Description:
        self.asked += 1
        return self._answer


@pytest.fixture
def sound() -> Sound:
    return over_band(voice_like(1.0, 140.0), Band.PHONE)


@pytest.mark.parametrize("answer", [np.array([1.5, np.nan], dtype=np.float32), "so it is", ""])
def test_a_sound_is_described_once_and_found_again_by_the_next_run(
    tmp_path: Path, sound: Sound, answer: Description
) -> None:
    for _ in range(2):
        extractor = CountingExtractor("extractor 1", answer)
        store = Store(tmp_path / "references.sqlite")
        found = store.described(extractor, sound)
        store.close()
        assert np.array_equal(found.value, answer, equal_nan=not isinstance(answer, str))
    assert extractor.asked == 0
    assert found.seconds > 0.0


def test_another_extractor_and_another_sound_are_described_anew(tmp_path: Path, sound: Sound) -> None:
    store = Store(tmp_path / "references.sqlite")
    old, new = CountingExtractor("extractor 1", "old"), CountingExtractor("extractor 2", "new")
    assert [store.described(extractor, sound).value for extractor in (old, new)] == ["old", "new"]
    store.described(old, over_band(voice_like(1.0, 141.0), Band.PHONE))
    assert (old.asked, new.asked) == (2, 1)
    store.close()


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="--work"):
        Store(tmp_path / "file" / "references.sqlite")
