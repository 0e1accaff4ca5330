"""A corpus of made-up voices: two clips of each emotion, higher with every emotion."""

from __future__ import annotations

import pytest
import soundfile

from tonewatch.models.corpora import EMOTIONS, Clip
from tonewatch.models.shipped import voice_like


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    folder = tmp_path_factory.mktemp("clips")
    made = []
    for number in range(8):
        emotion = EMOTIONS[number % 4]
        path = folder / f"{number}.flac"
        soundfile.write(path, voice_like(1.0, 90.0 + 60.0 * (number % 4), seed=number), 16_000)
        made.append(Clip(path, "made", f"s{number // 4}", "male", emotion, emotion, "en", "", 1.0))
    return made
