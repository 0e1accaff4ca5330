"""Dialogues are checked when they are read, and cut into phrases that a voice can speak."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.models.synthesis.assemble import TurnTruth, degraded_span
from tonewatch.models.synthesis.dialogue import Dialogue, Line, load_dialogues, phrases


def turn(channel: int, start_s: float, style: str) -> TurnTruth:
    return TurnTruth(channel, start_s, start_s + 2.0, style, "Yes.")


def test_sentences_are_phrases_with_a_short_silence_after_each() -> None:
    assert phrases("I called you twice. Nobody has answered me!") == [
        ("I called you twice.", 0.2),
        ("Nobody has answered me!", 0.2),
    ]


def test_three_dots_are_a_longer_pause() -> None:
    assert phrases("Empty… what do you mean by that?") == [("Empty,", 0.45), ("what do you mean by that?", 0.2)]


def test_a_very_short_sentence_is_spoken_with_the_next_one() -> None:
    assert phrases("Hi. Good morning. My phone is broken.") == [
        ("Hi. Good morning.", 0.2),
        ("My phone is broken.", 0.2),
    ]


def test_a_sentence_that_is_cut_off_is_spoken_too() -> None:
    assert phrases("If you could press the") == [("If you could press the.", 0.2)]


def test_an_unknown_style_is_refused_by_name() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown style 'furios'"):
        msgspec.convert({"channel": 0, "style": "furios", "text": "No."}, Line)


def test_an_unknown_voice_is_refused_by_name() -> None:
    good = msgspec.to_builtins(load_dialogues()[0])
    with pytest.raises(msgspec.ValidationError, match="unknown voice 'x9'"):
        msgspec.convert({**good, "customer": "x9"}, Dialogue)


def test_every_dialogue_has_its_own_name_and_seed() -> None:
    dialogues = load_dialogues()
    assert len({dialogue.kind for dialogue in dialogues}) == len(dialogues)
    assert len({dialogue.seed for dialogue in dialogues}) == len(dialogues)


def test_the_demo_holds_every_kind_that_the_board_must_show() -> None:
    kinds = {dialogue.kind for dialogue in load_dialogues()}
    assert kinds >= {
        "billing_dispute",
        "delivery_recovers",
        "calm_enquiry",
        "delighted",
        "distressed",
        "noisy_line",
        "agent_shouts",
        "no_notice",
    }


def test_only_the_customer_can_begin_a_degraded_span() -> None:
    assert degraded_span([turn(1, 0.0, "furious"), turn(0, 3.0, "neutral")]) == (None, None)


def test_recovery_is_the_first_calm_turn_after_the_last_degraded_one() -> None:
    styles = ("neutral", "angry", "neutral", "irritated", "relieved", "neutral")
    turns = [turn(0, 3.0 * index, style) for index, style in enumerate(styles)]
    assert degraded_span(turns) == (3.0, 12.0)
