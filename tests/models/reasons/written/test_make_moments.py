from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.moments import AskedMoment
from tonewatch.models.reasons.utterances import is_held_out
from tonewatch.models.reasons.written.export_moments import PER_FILE, export_moments
from tonewatch.models.reasons.written.make_moments import Made, MomentSource, make_moments
from tonewatch.models.reasons.written.varied_facts import contrast, differs_visibly
from tonewatch.models.reasons.written.written_moment import WrittenMoment, facts_of, read_moments
from tonewatch.stream.messages import FactsTable
from tonewatch.workers.reasons.examples import EXAMPLES


def asked() -> list[MomentSource]:
    tables = [table for table, _ in EXAMPLES]
    moods = [Mood.ANGRY, Mood.CALM, Mood.SAD, Mood.HAPPY, Mood.ANGRY]
    return [
        MomentSource(AskedMoment("c", "s", "onset", False, table, (52_000, 56_000), (mood, mood), mood, True), "corpus")
        for table, mood in zip(tables, moods, strict=True)
    ]


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return make_moments(asked(), 300, "train", 1)


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
        assert differs_visibly(one.facts, other.facts) or "other words" in one.wanted
        assert one.prompt != other.prompt or "other words" in one.wanted


def test_what_the_prompt_does_not_show_makes_no_twin() -> None:
    table = EXAMPLES[0][0]
    unseen = msgspec.structs.replace(table, tone=table.tone + 0.3, agent_talk_share=0.9, longest_silence_ms=2_000)
    slightly = msgspec.structs.replace(
        table, facts=tuple(msgspec.structs.replace(f, delta=f.delta + 0.01) if f.salient else f for f in table.facts)
    )
    for other in (unseen, slightly):
        assert not differs_visibly(table, other)
        assert contrast(table, random.Random(0), (_always(other),)) is None
    silent = msgspec.structs.replace(table, falls_silent_ms=4_000)
    assert contrast(table, random.Random(0), (_always(unseen), _always(silent))) == silent


def _always(found: FactsTable) -> Callable[[FactsTable, random.Random], FactsTable]:
    return lambda _table, _rng: found


def test_moments_that_were_written_are_not_made_again_and_ids_go_on_behind_theirs(made: list[Made]) -> None:
    before = [one.moment for one in made]
    again = make_moments(asked(), 100, "train", 1, before)
    assert again[0].moment.id == "t0300"
    assert not {one.moment.prompt for one in again if not one.moment.twin} & {one.prompt for one in before}
    assert make_moments(asked(), 20, "held_out", 1, before)[0].moment.id == "h0000"


def test_a_twin_lies_in_the_file_of_its_moment_and_the_truth_beside_none(tmp_path: Path) -> None:
    truth = tmp_path / "truth" / "truth.jsonl"
    export_moments(asked(), ["s"], {"held_out": 200}, tmp_path / "moments", truth, 1, lambda _: None)
    files = sorted((tmp_path / "moments").iterdir())
    found = [read_moments([file]) for file in files]
    assert {file.name for file in files} == {f"held_out_{number:02d}.jsonl" for number in range(len(files))}
    assert all(PER_FILE <= len(part) <= PER_FILE + 1 for part in found[:-1])
    assert all(moment.twin in part for part in found for moment in part.values() if moment.twin)
    assert len(truth.read_bytes().splitlines()) == 200


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
