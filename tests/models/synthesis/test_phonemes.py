from __future__ import annotations

import shutil

import pytest

from tonewatch.models.synthesis.phonemes import ipa, kokoro_phonemes, run_program
from tonewatch.stream.errors import DependencyError

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="apt-get install espeak-ng")


@needs_espeak
def test_punctuation_survives_because_it_carries_the_melody() -> None:
    assert ipa("Hello, is it you?", "en-us").endswith("?")
    assert "," in ipa("Hello, is it you?", "en-us")


@needs_espeak
def test_kokoro_writes_a_diphthong_as_one_letter() -> None:
    assert "A" in kokoro_phonemes("They pay today.", "en-us")
    assert "eɪ" not in kokoro_phonemes("They pay today.", "en-us")


@needs_espeak
def test_british_english_keeps_the_length_of_its_vowels() -> None:
    assert "ː" in kokoro_phonemes("A large car park.", "en-gb")
    assert "ː" not in kokoro_phonemes("A large car park.", "en-us")


def test_a_missing_program_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(DependencyError, match="apt-get install no-such-speaker"):
        run_program(["no-such-speaker", "--help"])
