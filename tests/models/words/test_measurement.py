"""How sentences and calls are counted."""

from __future__ import annotations

import pytest

from tonewatch.models.words.measurement import (
    Raised,
    by_lexicon,
    call_figures,
    from_true_text,
    halves,
    raised,
    sentence_figures,
)
from tonewatch.models.words.spoken_calls import SpokenCall, SpokenLine
from tonewatch.stream.messages import Words
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.manner import manners_in
from tonewatch.stream.weights import weights_folder


def call(file: str, turned: list[str], plain: int = 4) -> SpokenCall:
    said = [("plain", "Hello, I have a question about my bill.")] * plain + [("turned", text) for text in turned]
    lines = [
        SpokenLine(kind=kind, start_s=8.0 * at, end_s=8.0 * at + 3.0, text=text)  # type: ignore[arg-type]
        for at, (kind, text) in enumerate(said)
    ]
    onset_s = 8.0 * plain if turned else None
    return SpokenCall(
        file=file, kind="k", onset_s=onset_s, duration_s=8.0 * len(lines), manner="insistent", lines=tuple(lines)
    )


TURNED = ["I want an answer now.", "I have already told you that.", "Then you will hear from my lawyer."]


def test_recall_precision_and_false_share_are_over_lines() -> None:
    lines = [("a", True), ("b", True), ("c", False), ("d", False), ("e", False)]
    found = sentence_figures(lines, [True, False, True, False, False])
    assert (found.recall, found.precision) == (0.5, 0.5)
    assert found.false_share == pytest.approx(0.333)
    assert sentence_figures(lines, [False] * 5).precision is None


def test_the_lexicon_finds_complaints_and_no_relief() -> None:
    assert by_lexicon("I will cancel my contract") and not by_lexicon("That's great, thank you so much")


def test_a_call_is_run_as_live_with_the_words_of_its_caller() -> None:
    spoken = call("a-rms.flac", TURNED)
    messages = from_true_text(spoken)
    assert [one.text for one in messages if isinstance(one, Words)][-3:] == TURNED
    config = ToneConfig(manners=manners_in(weights_folder()))
    (fired,) = raised(spoken, messages, config).fired_s
    assert fired > 32.0
    assert raised(call("b-rms.flac", []), from_true_text(call("b-rms.flac", [])), config).fired_s == ()


def test_alerts_before_the_turn_are_false_and_the_first_after_it_is_the_find() -> None:
    those = [
        Raised(call("a-rms.flac", TURNED), (40.0, 60.0)),
        Raised(call("b-rms.flac", TURNED), (10.0,)),
        Raised(call("c-rms.flac", [], plain=9), (20.0,)),
    ]
    found = call_figures(those)
    assert (found.calls, found.found, found.false, found.delay_s) == (2, 1, 2, 8.0)
    assert found.plain_h == pytest.approx((32 + 32 + 72) / 3600, abs=1e-3)
    assert (found.missed, found.wrong) == (("b-rms.flac",), ("b-rms.flac", "c-rms.flac"))
    assert found.false_per_hour == pytest.approx(2 / found.plain_h)


def test_a_script_lies_in_one_half_with_all_its_voices() -> None:
    those = [Raised(call(f"{name}-{voice}.flac", []), ()) for name in "abc" for voice in ("rms", "slt")]
    split = halves(those)
    assert [one.call.file[0] for one in split["chosen on"]] == ["a", "a", "c", "c"]
    assert [one.call.file[0] for one in split["held out"]] == ["b", "b"]
