from __future__ import annotations

import msgspec

from tonewatch.stream.messages import Posterior, Quote
from tonewatch.workers.reasons.compact import build, render
from tonewatch.workers.reasons.examples import EXAMPLES

TABLE = EXAMPLES[0][0]


def test_a_prompt_tells_what_differs_and_what_does_not_beside_the_usual_shares() -> None:
    text = render(TABLE, "onset")
    assert "voice: much louder 6 dB, much higher 3.1 st; usual pace, pauses" in text
    assert "angry 66% (usual 15%)" in text
    assert '0:52 "that is the second time you lose my parcel"' in text


def test_a_measurement_that_is_not_trusted_is_told_as_unclear_and_without_a_direction() -> None:
    facts = tuple(msgspec.structs.replace(f, confidence=0.1) if f.name == "pitch" else f for f in TABLE.facts)
    text = render(msgspec.structs.replace(TABLE, facts=facts), "onset")
    assert "unclear pitch" in text
    assert "higher" not in text


def test_the_moment_before_stands_in_a_line_of_its_own() -> None:
    before = Posterior(angry=0.2, happy=0.1, neutral=0.6, sad=0.1)
    table = msgspec.structs.replace(TABLE, since_ms=38_000, tone_since=0.0, posterior_since=before)
    assert "against 0:38: angry 20% to 66%" in render(table, "update")
    assert "against" not in render(TABLE, "onset")


def test_words_that_the_recogniser_was_unsure_of_are_marked_and_missing_ones_are_told() -> None:
    unsure = (Quote(segment_id="s", start_ms=52_000, text="the partial is", confidence=0.3),)
    assert '"the partial is" [unsure]' in render(msgspec.structs.replace(TABLE, quotes=unsure), "onset")
    assert "words: none understood" in render(msgspec.structs.replace(TABLE, quotes=()), "onset")


def test_the_prompt_holds_no_conclusion_of_the_code() -> None:
    same = msgspec.structs.replace(TABLE, last_rationale="Angrier; sure; listen in.")
    assert build(same, "onset") == build(TABLE, "onset")
    assert "listen" not in build(same, "onset")
