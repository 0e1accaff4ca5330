"""Text to the phonemes that the voices were trained on, through the `espeak-ng` program."""

from __future__ import annotations

import re
import subprocess

from tonewatch.stream.errors import DependencyError

_CLAUSE = re.compile(r"([^,.?!;:…]+)([,.?!;:…]*)")

# Kokoro writes English diphthongs and affricates as one letter each.
_KOKORO = (
    ("eɪ", "A"),
    ("aɪ", "I"),
    ("aʊ", "W"),
    ("oʊ", "O"),
    ("əʊ", "Q"),
    ("ɔɪ", "Y"),
    ("tʃ", "ʧ"),
    ("dʒ", "ʤ"),
    ("ɜːɹ", "ɜɹ"),
    ("ɚ", "əɹ"),
    ("ɐ", "ə"),
    ("r", "ɹ"),
    ("ʔ", "t"),
)


def ipa(text: str, accent: str) -> str:
    """IPA with the punctuation of `text` kept, because it carries the melody.

    accent: an espeak-ng voice, `en-us` or `en-gb`. espeak-ng drops punctuation, so each clause goes in alone.
    """
    clauses = (_clause(words, accent) + marks[:1] for words, marks in _CLAUSE.findall(text))
    return " ".join(clauses)


def kokoro_phonemes(text: str, accent: str) -> str:
    """The letters of Kokoro's vocabulary for `text`; vowel length is written for British English only."""
    phonemes = ipa(text, accent)
    for old, new in _KOKORO:
        phonemes = phonemes.replace(old, new)
    return phonemes.replace("ː", "") if accent == "en-us" else phonemes


def _clause(words: str, accent: str) -> str:
    spoken = run_program(["espeak-ng", "-q", "--ipa", "-v", accent, "--", words.strip()])
    # A pronoun "I" without any stress mark is swallowed by the voices.
    return re.sub(r"^aɪ ", "ˌaɪ ", " ".join(spoken.split()))


def run_program(command: list[str]) -> str:
    """The program's standard output.

    Raises:
        DependencyError: the program is not installed.
    """
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except FileNotFoundError as error:
        raise DependencyError(f"The program {command[0]} is missing: apt-get install {command[0]}.") from error
