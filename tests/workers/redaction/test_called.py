from __future__ import annotations

import pytest

from tonewatch.workers.redaction.called import Names


@pytest.mark.parametrize(
    ("said", "called"),
    [
        ("my pin is ", "code"),
        ("card number: ", "card"),
        ("meine Kontonummer lautet ", "account"),
        ("the number's ", "named"),
        ("call me ", None),
        ("error code ", None),
        ("my pin was stolen on ", None),
        ("call volume was ", None),
        ("my telephone bill is ", None),
        ("die Telefonrechnung war ", None),
    ],
)
def test_a_number_is_called_at_once_where_only_links_lie_between(said: str, called: str | None) -> None:
    assert Names(said + "42").at_once(len(said)) == called


def test_the_nearest_word_counts_from_further_off_and_from_behind() -> None:
    said = "my account is fine but my card has 42"
    assert Names(said).before(len(said) - 2) == "card"
    assert Names("42 is the code").behind(2) == "code"
    assert Names("pin" + " x" * 40 + " 42").before(84) is None


def test_birth_is_spoken_of_before_or_behind() -> None:
    assert Names("I was born back in 1984").is_of_birth(19)
    assert Names("1984 geboren").is_of_birth(0, 4)
    assert not Names("born in Leeds in 1984").is_of_birth(17)
