"""The answer of a model that reads the words itself and writes the text for the reader."""

from __future__ import annotations

from tonewatch.stream.messages import ModelRef, Moment
from tonewatch.workers.reasons.examples import EXAMPLES
from tonewatch.workers.reasons.explain import weigh

FACTS = EXAMPLES[0][0]
MOMENT = Moment(call_id="c", moment_id="m", kind="onset", at_ms=FACTS.at_ms, alert_id="a", facts=FACTS, sentence="")
REF = ModelRef(name="smollm2+reasons", version="0")
TEXT = "Angrier since 0:50: much louder and higher than usual. {} Sure; listen in."


def written(text: str, answer: str = "angry; degraded yes; confidence 0.8") -> str:
    return f"<think>Loud and high; the dog may have died.</think>\n<answer>{answer}; {text}</answer>"


def test_the_text_in_the_answer_is_shown_and_the_thought_is_not() -> None:
    told = weigh(MOMENT, written(TEXT.format("The words explain it.")), REF)
    assert (told.source, told.decision, told.label) == ("model", "confirm", "angry")
    assert "dog" not in told.text
    assert "The words explain it." in told.text


def test_a_sentence_that_the_facts_do_not_hold_is_dropped() -> None:
    told = weigh(MOMENT, written(TEXT.format("The caller cries.")), REF)
    assert told.source == "model"
    assert "cries" not in told.text


def test_an_answer_that_the_facts_refuse_gives_way_to_them() -> None:
    told = weigh(MOMENT, written(TEXT.format(""), "neutral; degraded no; confidence 0.8"), REF)
    assert (told.source, told.fallback) == ("facts", "contradicts")
