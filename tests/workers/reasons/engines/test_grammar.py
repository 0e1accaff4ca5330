from __future__ import annotations

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.messages import FactsTable
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.engines import tokens
from tonewatch.workers.reasons.engines.grammar import Grammar

from ...claims import TABLES

WRITES = sorted({"the", "caller", "is", "louder", "tone", "fell", ".", ",", '"', "none", "by", "db", "says"})
GRAMMAR = Grammar([*tokens.FIXED, *(word for word in WRITES if word not in tokens.FIXED)], WRITES)
LONGEST = 256


def wander(seed: int, table: FactsTable) -> tuple[str, ...]:
    """A reason by somebody who chooses blindly among what may come next."""
    rng = np.random.default_rng(seed)
    state = GRAMMAR.begin(tokens.pointers_of(table))
    while not state.done:
        state.take(int(rng.choice(np.flatnonzero(state.allowed()))))
    return state.taken


@given(st.integers(0, 100_000), st.sampled_from(sorted(TABLES)))
def test_whatever_is_chosen_the_reason_ends_and_parses(seed: int, name: str) -> None:
    table = TABLES[name]
    symbols = wander(seed, table)
    assert parse(tokens.write(symbols, tokens.pointers_of(table))) is not None
    assert len(tokens.read(table)) + len(symbols) <= LONGEST


@given(st.integers(0, 100_000))
def test_nothing_is_quoted_where_nobody_heard_words(seed: int) -> None:
    silent = msgspec.structs.replace(TABLES["boiling"], quotes=())
    symbols = wander(seed, silent)
    assert '"' not in symbols
    assert symbols[symbols.index(tokens.WORDS) + 1] == "none"


@given(st.integers(0, 100_000))
def test_only_figures_that_the_table_has_are_pointed_at(seed: int) -> None:
    noisy = TABLES["noisy"]
    pointers = tokens.pointers_of(noisy)
    assert all(symbol in pointers for symbol in wander(seed, noisy) if symbol.startswith("{"))
    assert "{pitch.by}" not in pointers
