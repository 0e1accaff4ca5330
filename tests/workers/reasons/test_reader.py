from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import FactsTable, Quote
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.checker.reader import reader_of
from tonewatch.workers.reasons.examples import EXAMPLES

TABLE = EXAMPLES[0][0]


def said(*texts: str, language: str = "") -> FactsTable:
    quotes = tuple(Quote(segment_id=f"s{n}", start_ms=52_000, text=text) for n, text in enumerate(texts))
    return msgspec.structs.replace(TABLE, quotes=quotes, language=language)


def kept(text: str, facts: FactsTable) -> bool:
    return not check(text, facts, reader_of(facts)).dropped


def test_a_reading_of_the_words_stands_unsupported_where_the_lexicon_knows_no_such_words() -> None:
    facts = said("ya no aguanto esta espera", language="es")
    checked = check("Louder, and the words explain it.", facts, reader_of(facts))
    assert not checked.dropped
    assert {claim.verdict for claim in checked.claims} == {"true", "unsupported"}


def test_no_reading_of_words_stands_where_none_were_understood() -> None:
    assert not kept("Louder, and the words explain it.", msgspec.structs.replace(TABLE, quotes=()))


def test_what_happened_is_told_in_the_callers_own_words_only() -> None:
    assert kept("Louder, because the parcel is lost again.", said("you lost my parcel"))
    assert not kept("Louder, because the dog died.", said("you lost my parcel"))


@pytest.mark.parametrize("text", ["Quieter than usual.", "Louder by 12 dB.", 'Louder: "give me my money".'])
def test_measurements_and_quotations_are_held_to_the_facts_as_ever(text: str) -> None:
    assert not kept(text, said("you lost my parcel"))


def test_a_neighbour_may_be_set_aside_unless_it_is_what_is_heard_most() -> None:
    facts = said("you lost my parcel")
    assert kept("Louder: anger rather than joy.", facts)
    assert not kept("Louder: joy rather than anger.", facts)


def test_sarcasm_that_is_read_in_the_words_lets_a_text_be_surer_but_not_without_an_alarm() -> None:
    facts = said("thank you so much for the lesson in patience")
    assert kept("Louder than usual. Fairly sure; listen in.", facts)
    calm = msgspec.structs.replace(EXAMPLES[1][0], quotes=facts.quotes)
    assert not kept("Pitch as usual. Sure; listen in.", calm)
