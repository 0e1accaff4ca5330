from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.workers.redaction.plain import plain


@pytest.mark.parametrize(
    ("written", "as_plain"),
    [
        ("４１１１", "4111"),
        ("٤١١١", "4111"),
        ("4111\u200b1111", "41111111"),
        ("4111\u00a01111", "4111 1111"),
        ("4111 – 1111", "4111 - 1111"),
        ("fu\u0308nf", "fünf"),
        ("4111…", "4111..."),
    ],
)
def test_what_looks_alike_is_one_letter(written: str, as_plain: str) -> None:
    assert plain(written).text == as_plain


def test_a_place_leads_back_to_the_original() -> None:
    made = plain("fu\u0308nf 4\u200b1")
    assert made.original(made.text.index("4"), len(made.text)) == (6, 9)
    assert made.original(0, 4) == (0, 5)


@given(st.text(max_size=40))
def test_every_letter_comes_from_somewhere_in_order(text: str) -> None:
    made = plain(text)
    assert len(made.text) == len(made.starts) == len(made.ends)
    assert list(made.starts) == sorted(made.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(made.starts, made.ends, strict=True))
