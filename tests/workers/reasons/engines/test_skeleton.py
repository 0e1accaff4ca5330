from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.engines.skeleton import Skeleton, pieces


def encode(text: str) -> list[int]:
    return list(text.encode())


def decode(tokens: Sequence[int]) -> str:
    return bytes(tokens).decode(errors="replace")


def written(seed: int, *, quoted: bool) -> Skeleton:
    """A model whose likeliest byte is anybody's guess."""
    rng = np.random.default_rng(seed)
    row = Skeleton(pieces(quoted=quoted, section_tokens=12), encode, decode)
    while row.next(rng.standard_normal(128).astype(np.float32)) is not None:
        pass
    return row


@given(st.integers(0, 10_000), st.booleans())
def test_whatever_the_model_prefers_its_answer_parses(seed: int, quoted: bool) -> None:
    row = written(seed, quoted=quoted)
    assert row.text.startswith("<think>\nVoice:")
    assert parse(row.text) is not None or "Voice: \n" in row.text


@pytest.mark.parametrize(("quoted", "none"), [(True, False), (False, True)])
def test_nothing_is_said_of_words_that_nobody_heard(quoted: bool, none: bool) -> None:
    assert ("Words: none" in written(3, quoted=quoted).text) == none


def test_the_model_chooses_among_the_answers_values() -> None:
    scores = np.zeros(256, dtype=np.float32)
    scores[ord("\n")] = 1.0
    scores[[ord("s"), ord("9")]] = 2.0, 3.0
    row = Skeleton(pieces(quoted=False), lambda t: encode(t.strip() or t), decode)
    while row.next(np.where(np.arange(256) == ord("\n"), 9.0, scores)) is not None:
        pass
    assert row.text.endswith("<answer>sad; degraded yes; confidence 0.9</answer>")
