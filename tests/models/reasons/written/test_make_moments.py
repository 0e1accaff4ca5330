from __future__ import annotations

import msgspec
import pytest

from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.moments import AskedMoment
from tonewatch.models.reasons.utterances import is_held_out
from tonewatch.models.reasons.written.make_moments import Made, MomentSource, make_moments
from tonewatch.models.reasons.written.written_moment import WrittenMoment, facts_of
from tonewatch.workers.reasons.examples import EXAMPLES


@pytest.fixture(scope="module")
def made() -> list[Made]:
    tables = [table for table, _ in EXAMPLES]
    moods = [Mood.ANGRY, Mood.CALM, Mood.SAD, Mood.HAPPY, Mood.ANGRY]
    sources = [
        MomentSource(AskedMoment("c", "s", "onset", False, table, (52_000, 56_000), (mood, mood), mood, True), "corpus")
        for table, mood in zip(tables, moods, strict=True)
    ]
    return make_moments(sources, 300, "train", 1)


def by_id(made: list[Made]) -> dict[str, WrittenMoment]:
    return {one.moment.id: one.moment for one in made}


def test_as_many_as_were_asked_for_each_with_an_id_of_its_own_and_again_the_same(made: list[Made]) -> None:
    assert len(by_id(made)) == 300


def test_a_twin_differs_in_its_facts_or_is_to_have_other_words(made: list[Made]) -> None:
    known = by_id(made)
    twins = [one for one in known.values() if one.twin]
    assert len(twins) > 30
    for one in twins:
        other = known[one.twin]
        assert one.words == other.words
        assert one.facts != other.facts or "other words" in one.wanted


def test_no_situation_of_the_evaluation_is_trained_on(made: list[Made]) -> None:
    assert not any(is_held_out(one.moment.situation) for one in made)


def test_no_truth_stands_in_what_a_writer_sees(made: list[Made]) -> None:
    fields = set(msgspec.json.decode(msgspec.json.encode(made[0].moment)))
    assert not fields & {"mood", "degraded", "label", "truth"}


def test_words_are_missing_unsure_or_wanted_in_another_language_now_and_then(made: list[Made]) -> None:
    moments = [one.moment for one in made]
    assert any(not one.words for one in moments)
    assert any(one.words and one.words[0].confidence < 0.5 for one in moments)
    assert {"en", "de", "es", "fr"} <= {one.language for one in moments}


def test_what_is_said_twice_is_found_in_the_words(made: list[Made]) -> None:
    one = next(one.moment for one in made if len(one.moment.words) > 1)
    again = [msgspec.structs.replace(words, text="please send me the form") for words in one.words]
    assert facts_of(msgspec.structs.replace(one, words=tuple(again))).repeated == "please send me the form"
