"""Alerts on words alone: raised by several utterances in a flat voice, told once, resolved when the words turn back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tonewatch.stream.messages import Alert, SegmentMessage, Words
from tonewatch.stream.rules.model import Patch, RuleSet, RulesFile
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.manner import manners_in
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.weights import weights_folder

from ..conftest import said

Calls = Any
PLAIN = "Hello, I'd like to know when my parcel will come."
TURNED = ("I have already told you that.", "I want an answer now.", "Then I will take you to court.")


@pytest.fixture(scope="module")
def config() -> ToneConfig:
    return ToneConfig(manners=manners_in(weights_folder()))


def words(calls: Calls, index: int, text: str, **more: Any) -> Words:
    return msgspec.structs.replace(said(calls.segment(index, calls.STEADY), text), **more)


def call(calls: Calls, texts: list[str], kind: Any = None, **more: Any) -> list[SegmentMessage]:
    """A segment for each text, its words right behind it; the last has no words."""
    messages: list[SegmentMessage] = [calls.opened()]
    for index, text in enumerate(texts):
        messages += [calls.segment(index, kind or calls.STEADY), words(calls, index, text, **more)]
    return [*messages, calls.segment(len(texts), kind or calls.STEADY)]


def on_words(calls: Calls, messages: list[SegmentMessage], config: ToneConfig) -> list[Alert]:
    return [alert for alert in calls.alerts(calls.run(messages, None, config)) if alert.cause == "words"]


def test_words_that_turn_in_a_flat_voice_raise_one_alert_to_watch(calls: Calls, config: ToneConfig) -> None:
    (alert,) = on_words(calls, call(calls, [PLAIN] * 6 + [*TURNED]), config)
    assert (alert.event, alert.rule, alert.severity, alert.onset_ms) == ("fired", "words", "watch", 24_000)
    assert alert.sentence.startswith("The words turn insistent")
    assert "since 0:24; the voice stays flat" in alert.sentence
    assert any(text in alert.sentence for text in TURNED)
    assert [one.start_ms for one in alert.evidence][:2] == [24_000, 28_000]


def test_one_utterance_alone_and_plain_words_raise_nothing(calls: Calls, config: ToneConfig) -> None:
    assert on_words(calls, call(calls, [PLAIN] * 6 + [TURNED[2]] + [PLAIN] * 4), config) == []
    assert on_words(calls, call(calls, [PLAIN] * 20), config) == []


def test_words_that_turn_back_resolve_it(calls: Calls, config: ToneConfig) -> None:
    told = on_words(calls, call(calls, [PLAIN] * 6 + [*TURNED] + [PLAIN] * 12), config)
    assert [(one.event, one.resolved_by) for one in told] == [("fired", ""), ("resolved", "recovery")]


def test_the_order_in_which_words_come_changes_nothing(calls: Calls, config: ToneConfig) -> None:
    messages = call(calls, [PLAIN] * 6 + [*TURNED])
    spoken, heard = messages[1:-1:2], messages[2::2]
    early = [messages[0], *(one for pair in zip(heard, spoken, strict=True) for one in pair), messages[-1]]
    assert early != messages
    assert on_words(calls, early, config) == on_words(calls, messages, config) != []
    assert on_words(calls, [*messages[:-1], *heard, messages[-1]], config) == on_words(calls, messages, config)


def test_words_that_come_too_late_count_for_nothing(calls: Calls, config: ToneConfig) -> None:
    messages = call(calls, [PLAIN] * 6 + [*TURNED])
    assert on_words(calls, [*messages[1::2], *messages[::2]], config) == []


def test_unsure_words_and_words_of_another_language_raise_nothing(calls: Calls, config: ToneConfig) -> None:
    texts = [PLAIN] * 6 + [*TURNED]
    assert on_words(calls, call(calls, texts, confidence=0.3), config) == []
    assert on_words(calls, call(calls, texts, language="en", language_confidence=0.3), config) == []
    assert on_words(calls, call(calls, texts, language="de", language_confidence=0.9), config) == []


def test_an_open_alert_on_the_tone_says_it_already(calls: Calls, config: ToneConfig) -> None:
    messages = call(calls, [PLAIN] * 7)[:-1]
    for index, text in enumerate([PLAIN, PLAIN, *TURNED], start=7):
        messages += [calls.segment(index, calls.SHOUTING), words(calls, index, text)]
    alerts = calls.alerts(calls.run([*messages, calls.segment(12, calls.SHOUTING)], None, config))
    assert {alert.cause for alert in alerts} == {"tone"}


def test_words_of_a_voice_that_could_not_be_judged_count(calls: Calls, config: ToneConfig) -> None:
    texts = [PLAIN] * 6 + [*TURNED]
    messages: list[SegmentMessage] = [calls.opened()]
    for index, text in enumerate(texts):
        messages += [calls.segment(index, calls.STEADY, abstained="unsure"), words(calls, index, text)]
    found = on_words(calls, [*messages, calls.segment(9, calls.STEADY)], config)
    assert [alert.event for alert in found] == ["fired"]
    assert found[0].sentence.startswith("The words turn")


def test_without_weights_or_with_the_rule_switched_off_there_is_no_alert(calls: Calls, config: ToneConfig) -> None:
    messages = call(calls, [PLAIN] * 6 + [*TURNED])
    off = RuleSet(RulesFile(version=1, rules={"words": Patch(enabled=False)}))
    assert on_words(calls, messages, ToneConfig()) == []
    assert on_words(calls, messages, ToneConfig(manners=config.manners, rules=off)) == []


def test_what_is_remembered_travels_through_json(calls: Calls, config: ToneConfig) -> None:
    messages = call(calls, [PLAIN] * 6 + [*TURNED])
    memory, told = CallMemory(told=True), []
    for message in messages:
        memory = msgspec.json.decode(msgspec.json.encode(memory), type=CallMemory)
        told += calls.run([message], memory, config)
    assert [a for a in calls.alerts(told) if a.cause == "words"] == on_words(calls, messages, config)
