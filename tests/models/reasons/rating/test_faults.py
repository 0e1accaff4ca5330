from __future__ import annotations

import msgspec
import pytest

from tonewatch.models.reasons.rating.faults import FAULTS, Fault, faults
from tonewatch.stream.messages import FactsTable, Quote


@pytest.fixture
def boiling(tables: dict[str, FactsTable]) -> FactsTable:
    """Louder, angrier, and a complaint in two sentences."""
    said = Quote(segment_id="c/0/1", start_ms=50_000, text="I just told you that. It is not the router.")
    return msgspec.structs.replace(tables["boiling"], quotes=(said,))


CASES: list[tuple[Fault, str, str]] = [
    ("contradiction", "The caller is quieter.", "The caller is louder."),
    ("contradiction", "The pitch fell. The pitch is as usual.", "The caller is louder."),
    (
        "two_baselines",
        "Since 0:36 the tone rose: less vocal effort by 17 dB. Louder by 7 dB than this caller's usual.",
        "Angrier since 0:36. Much louder.",
    ),
    ("cut_quotation", 'The caller says "I just told you".', 'The caller says "I just told you that".'),
    ("cut_quotation", 'The caller says "is not the router".', 'The caller says "It is not the router".'),
    (
        "unargued_label",
        "The caller sounds angry. Louder by 7 dB.",
        "Angrier, not pleased: joy is as loud, but nothing said is glad.",
    ),
    ("tone_score_in_prose", "The tone dropped to -0.60.", "The tone fell."),
    ("idle_sentence", "Louder. The words are plain.", "Louder."),
    ("idle_sentence", "There is no change in pitch. Louder.", "The pitch is back at this caller's usual. Louder."),
]


@pytest.mark.parametrize(("fault", "with_it", "without"), CASES)
def test_each_fault_is_seen_where_it_is_and_nowhere_else(
    fault: Fault, with_it: str, without: str, boiling: FactsTable
) -> None:
    assert fault in faults(with_it, boiling)
    assert fault not in faults(without, boiling)


def test_every_kind_of_fault_has_a_case() -> None:
    assert {fault for fault, *_ in CASES} == set(FAULTS)


def test_a_whole_text_that_argues_has_none(boiling: FactsTable) -> None:
    assert faults('Much louder than usual. "I just told you that" is a complaint, so this is anger.', boiling) == ()
