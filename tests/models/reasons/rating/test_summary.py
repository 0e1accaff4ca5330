from __future__ import annotations

import pytest

from tonewatch.models.reasons.rating.scores import Score, ScoreFile
from tonewatch.models.reasons.rating.sheet import Sheet, make_sheet
from tonewatch.models.reasons.rating.summary import Summary, summarise
from tonewatch.models.reasons.rating.texts import WrittenText

USEFUL = {"Louder, so this is anger.": 5, "The tone fell to -0.60.": 1, "Softer.": 3, "The words are plain.": 2}


def rated(sheet: Sheet, rater: str, *, harsher: int = 0) -> ScoreFile:
    scores = tuple(Score(id=item.id, useful=max(1, USEFUL[item.text] - harsher)) for item in sheet.items)
    return ScoreFile(sheet=sheet.sheet, rater=rater, rated_by="a person", scores=scores)


@pytest.fixture
def summary(written: list[WrittenText]) -> Summary:
    sheet, key = make_sheet(written, seed=1)
    return summarise(key, [rated(sheet, "anna"), rated(sheet, "ben")])


def test_a_source_has_the_mean_of_its_own_texts_within_its_interval(summary: Summary) -> None:
    argued, listed = (summary.sources[name].means["useful"] for name in ("argued", "listed"))
    assert (argued.mean, argued.ratings) == (4.0, 4)
    assert (listed.mean, listed.ratings) == (2.0, 6)
    assert listed.interval is not None and listed.interval[0] <= listed.mean <= listed.interval[1]
    assert "factual" not in summary.sources["argued"].means


def test_faults_and_silence_are_counted_by_source(summary: Summary) -> None:
    argued, listed = summary.sources["argued"], summary.sources["listed"]
    assert (argued.texts, argued.silent, listed.texts, listed.silent) == (2, 1, 3, 0)
    assert (argued.faults["tone_score_in_prose"], listed.faults["tone_score_in_prose"]) == (0, 1)
    assert (argued.faults["idle_sentence"], listed.faults["idle_sentence"]) == (0, 1)


def test_agreement_is_whole_where_raters_agree_and_less_where_one_is_harsher(written: list[WrittenText]) -> None:
    sheet, key = make_sheet(written, seed=1)
    agreed = summarise(key, [rated(sheet, "anna"), rated(sheet, "ben")]).alpha["useful"]
    apart = summarise(key, [rated(sheet, "anna"), rated(sheet, "ben", harsher=2)]).alpha["useful"]
    assert agreed == 1.0
    assert apart is not None and apart < agreed


def test_every_score_says_what_wrote_and_what_rated_the_text(summary: Summary) -> None:
    assert {(one.source, one.written_by, one.rated_by) for one in summary.scores} == {
        ("argued", "a person", "a person"),
        ("listed", "model tiny", "a person"),
    }
