"""What a house says when it answers, and what its callers say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tonewatch.stream.tone.greetings import greets

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for calling customer care. How can I help you today?",
        "Technical support, hello. How can I help you?",
        "Good morning, you're through to general enquiries.",
        "Housing support, hello. What is it about?",
        "Can I take your date of birth, please?",
        "Guten Tag, wie kann ich Ihnen helfen?",
        "Dzień dobry, w czym mogę pomóc?",
    ],
)
def test_a_house_is_known_by_how_it_answers(text: str) -> None:
    assert greets(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hello, I'm calling about a washing machine.",
        "Hi, good morning. I just got my bill.",
        "How can I get my money back?",
        "Can you help me with my order number?",
        "I want to speak to your claims department. Hello?",
        "Thank you for your help.",
        "",
    ],
)
def test_a_caller_does_not_speak_like_a_house(text: str) -> None:
    assert not greets(text)


def test_no_line_that_was_written_for_callers_is_a_greeting() -> None:
    lines = [
        line.strip()[1:].strip()
        for line in (ROOT / "models" / "words" / "calls.txt").read_text().splitlines()
        if line.startswith(("-", "!"))
    ]
    truth = json.loads((ROOT / "stream" / "demo" / "calls" / "truth.json").read_text())
    lines += [turn["text"] for call in truth for turn in call["turns"] if turn["channel"] == 0]
    assert len(lines) > 400
    assert [line for line in lines if greets(line)] == []
