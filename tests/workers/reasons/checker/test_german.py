"""Claims of German texts: the realiser's all agree, false ones are dropped."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.stream.messages import FactsTable, MomentKind
from tonewatch.stream.tone.phrasing.registry import PHRASINGS
from tonewatch.stream.tone.sentence import sentence
from tonewatch.workers.reasons.checker.check import check, sentences
from tonewatch.workers.reasons.checker.claims import read
from tonewatch.workers.reasons.checker.german import GERMAN_CHECKED

from ....stream.tone.tables import tables
from ...claims import TABLES, Labelled, labelled

KINDS: list[MomentKind] = ["onset", "update", "recovery"]
SENTENCES = labelled("claims_german")
HELD_OUT = labelled("claims_german_held_out")
"""Written before the first run; nothing was mended for those that stand here."""

BOILING = TABLES["boiling"]


@settings(max_examples=120, deadline=None)
@given(tables(), st.sampled_from(KINDS))
def test_every_claim_of_a_german_text_agrees_with_its_table(facts: FactsTable, kind: MomentKind) -> None:
    text = sentence(facts, kind, (), PHRASINGS["de"])
    if not text:
        assert kind == "update"
        return
    checked = check(text, facts, GERMAN_CHECKED)
    assert [claim for claim in checked.claims if claim.verdict != "true"] == []
    assert checked.claims and checked.dropped == () and checked.kept_text == text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_tables_of_the_checker_are_told_of_truly_in_german(name: str, kind: MomentKind) -> None:
    assert check(sentence(TABLES[name], kind, (), PHRASINGS["de"]), TABLES[name], GERMAN_CHECKED).dropped == ()


@settings(max_examples=60, deadline=None)
@given(tables(), tables(), st.sampled_from(KINDS))
def test_a_german_text_about_another_moment_loses_the_same_measurements_as_the_english_one(
    spoken: FactsTable, held: FactsTable, kind: MomentKind
) -> None:
    # Whole: the longer language would leave out more where there is too much to say.
    with mock.patch("tonewatch.stream.tone.sentence.MOST_WORDS", 500):
        texts = {code: sentence(spoken, kind, (), phrasing) for code, phrasing in PHRASINGS.items()}
    english, german = check(texts["en"], held), check(texts["de"], held, GERMAN_CHECKED)
    assert {c.fact for c in english.claims if c.kind == "direction"} == {
        c.fact for c in german.claims if c.kind == "direction"
    }
    assert bool(english.dropped) == bool(german.dropped)


def counted(found: list[Labelled]) -> tuple[int, int]:
    """False sentences kept, true ones dropped."""
    kept = [bool(check(one.text, TABLES[one.table], GERMAN_CHECKED).kept_text) for one in found]
    return (
        sum(k and not one.holds for k, one in zip(kept, found, strict=True)),
        sum(not k and one.holds for k, one in zip(kept, found, strict=True)),
    )


def test_of_the_labelled_german_sentences_no_false_one_is_kept_and_no_true_one_dropped() -> None:
    assert len(SENTENCES) >= 95 and min(sum(s.holds for s in SENTENCES), sum(not s.holds for s in SENTENCES)) >= 45
    assert counted(SENTENCES) == (0, 0)


def test_sentences_that_nothing_was_mended_for_are_judged_nearly_as_well() -> None:
    assert len(HELD_OUT) >= 40
    false_kept, true_dropped = counted(HELD_OUT)
    assert false_kept == 0 and true_dropped <= 4


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Die Lautstärke steigt nicht.", "false"),
        ("Die Stimme ist nicht lauter.", "false"),
        ("Die Pausen ändern sich nicht.", "true"),
        ("Die Stimme ist weder leiser noch tiefer.", "true"),
        ("Nicht nur lauter, auch schneller.", "true"),
    ],
)
def test_a_denial_stands_before_or_behind(text: str, verdict: str) -> None:
    assert {claim.verdict for claim in check(text, BOILING, GERMAN_CHECKED).claims} == {verdict}


def test_numbers_are_read_with_their_comma_units_and_roles() -> None:
    [direction, amount] = read("Um 4,2 Halbtöne höher.", GERMAN_CHECKED)
    assert (amount.kind, direction.kind) in (("direction", "amount"), ("amount", "direction"))
    found = next(s.quantity for s in (direction, amount) if s.quantity is not None)
    assert (found.number, found.unit, found.role) == (4.2, "st", "delta")
    [pair] = [
        s.quantity for s in read("Das Tempo stieg von 4,6 auf 5,9 Silben pro Sekunde.", GERMAN_CHECKED) if s.quantity
    ]
    assert (pair.number, pair.second, pair.unit) == (5.9, 4.6, "syl/s")


def test_a_german_quotation_holds_its_sentence_together() -> None:
    text = "Verärgert („Wo ist es? Sagen Sie es!“). Äußerst laut."
    assert sentences(text) == ["Verärgert („Wo ist es? Sagen Sie es!“).", "Äußerst laut."]
