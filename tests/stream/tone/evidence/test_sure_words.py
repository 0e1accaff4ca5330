"""Which words are sure enough to be evidence, and which to be quoted."""

from __future__ import annotations

import pytest

from tonewatch.stream.messages import ModelRef, SpokenWord, Words
from tonewatch.stream.tone.evidence.sure_words import evidence_sentences, language_of, quotable


def words(
    text: str,
    confidences: list[float] | None = None,
    *,
    whole: float = 0.9,
    language: str = "",
    language_confidence: float | None = None,
) -> Words:
    each = zip(text.split(), confidences or [], strict=bool(confidences))
    return Words(
        call_id="c",
        segment_id="c/0/0",
        channel=0,
        start_ms=0,
        end_ms=3000,
        text=text,
        confidence=whole,
        model=ModelRef(name="m", version="1"),
        words=tuple(SpokenWord(text=word, start_ms=0, end_ms=1, confidence=sure) for word, sure in each),
        language=language,
        language_confidence=language_confidence,
    )


def test_only_sentences_of_which_every_word_is_sure_are_quoted() -> None:
    said = words("I never signed. The drinking game is lovely.", [0.9, 0.8, 0.95, 0.9, 0.2, 0.6, 0.9, 0.9])
    assert quotable(said) == "I never signed."
    assert evidence_sentences(said) == ("I never signed.", "The drinking game is lovely.")


def test_a_sentence_with_a_word_that_is_hardly_likely_is_no_evidence() -> None:
    assert evidence_sentences(words("That is the stone time.", [0.9, 0.9, 0.9, 0.07, 0.9])) == ()
    assert evidence_sentences(words("That is it.", [0.5, 0.5, 0.5])) == ()


def test_an_unsure_transcript_says_nothing_and_one_without_words_is_taken_whole() -> None:
    assert (evidence_sentences(words("I leave.", whole=0.3)), quotable(words("I leave.", whole=0.3))) == ((), "")
    assert (evidence_sentences(words("I leave.")), quotable(words("I leave."))) == (("I leave.",), "I leave.")


@pytest.mark.parametrize(
    ("heard", "sure", "call", "language"),
    [
        ("", None, "", "en"),
        ("", None, "pl-PL", "pl"),
        ("de", 0.95, "", "de"),
        ("de", 0.4, "", None),
        ("en", None, "de-DE", None),
        ("de", 0.9, "de_AT", "de"),
    ],
)
def test_the_language_is_the_one_that_was_identified_unless_it_is_unsure_or_not_the_calls(
    heard: str, sure: float | None, call: str, language: str | None
) -> None:
    assert language_of(words("x", language=heard, language_confidence=sure), call) == language
