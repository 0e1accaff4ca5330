"""Words that describe a voice: which mark finds them, and in which order."""

from __future__ import annotations

import pytest

from tonewatch.stream.messages import EMOTIONS
from tonewatch.stream.messages.measures import PROSODY_BY_NAME
from tonewatch.workers.reasons.checker.lexicon import CHANGED, MARKS, Pattern


def first(text: str) -> Pattern:
    """The mark of highest precedence that finds the whole text."""
    return next(mark for mark in MARKS if mark.regex.fullmatch(text))


@pytest.mark.parametrize(
    ("text", "kind", "names", "sign"),
    [
        ("louder", "direction", ("level",), 1),
        ("lowered his voice", "direction", ("level",), -1),
        ("higher-pitched", "direction", ("pitch",), 1),
        ("monotonous", "direction", ("pitch_range",), -1),
        ("fewer pauses", "direction", ("pauses",), -1),
        ("tenser", "direction", ("effort",), 1),
        ("speeds up", "direction", ("rate",), 1),
        ("emphatically", "direction", ("stress",), 1),
        ("angrier", "emotion", ("angry",), 1),
        ("calming down", "emotion", ("angry",), -1),
        ("interrupts the agent", "talk_over", ("talk_over",), 0),
        ("worsened", "tone", ("tone",), -1),
        ("rose", "change", (), 1),
        ("unchanged", "change", (), 0),
        ("unusual", "change", (), CHANGED),
        ("below the caller's baseline", "change", (), -1),
        ("than usual", "reference", (), 0),
    ],
)
def test_a_word_is_read_as_its_measurement_and_direction(
    text: str, kind: str, names: tuple[str, ...], sign: int
) -> None:
    found = first(text)
    assert (found.kind, found.names, found.sign) == (kind, names, sign)


@pytest.mark.parametrize("text", ["loudspeaker", "fastened", "badly"])
def test_a_part_of_a_word_is_no_mark(text: str) -> None:
    assert [mark.kind for mark in MARKS if mark.regex.search(text)] == []


@pytest.mark.parametrize(
    ("text", "strength"), [("slightly", 0.5), ("sharply", 2.0), ("shouting", 2.0), ("louder", 1.0)]
)
def test_strength_scales_what_a_claim_needs(text: str, strength: float) -> None:
    assert first(text).strength == strength


def test_every_fact_can_be_spoken_of_and_no_other_name_is_known() -> None:
    names = {name for mark in MARKS for name in mark.names}
    assert names == {*PROSODY_BY_NAME, *EMOTIONS, "tone", "talk_over"}
