from __future__ import annotations

import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.tone.evidence.best_path import BestPath
from tonewatch.stream.tone.evidence.likelihood import DEGRADED, Nats

START = (0.06, 0.03, 0.9, 0.01)
STEPS = [[0.9 if one == now else 0.1 / 3 for one in range(4)] for now in range(4)]

spoken = st.tuples(*[st.floats(-6, 0).map(lambda n: round(n, 2)) for _ in range(4)])


def score(path: tuple[int, ...], given_nats: list[Nats]) -> float:
    """Of one sequence of emotions, the first of them before any segment."""
    found = math.log(START[path[0]])
    for before, now, nats in zip(path, path[1:], given_nats, strict=False):
        found += math.log(STEPS[before][now]) + nats[now]
    return found


@given(st.lists(spoken, min_size=1, max_size=4))
def test_it_finds_what_trying_every_sequence_finds(given_nats: list[Nats]) -> None:
    found = BestPath.of(START, 0)
    for number, nats in enumerate(given_nats):
        found = found.after(nats, STEPS, 1_000 * (number + 1))
    tried = {path: score(path, given_nats) for path in itertools.product(range(4), repeat=len(given_nats) + 1)}
    most = max(tried.values())
    for end in range(4):
        of_end = max(one for path, one in tried.items() if path[-1] == end)
        assert math.isclose(found.scores[end], of_end - most, abs_tol=1e-3)
        begins = {since(path) for path, one in tried.items() if path[-1] == end and of_end - one < 1e-3}
        assert found.since_ms[end] in begins


def since(path: tuple[int, ...]) -> int:
    """Where the last stretch of degraded emotions began."""
    calm = [number for number, one in enumerate(path) if one not in DEGRADED]
    if path[-1] not in DEGRADED:
        return -1
    return 1_000 * (calm[-1] + 1) if calm else 0


def test_a_sequence_that_stays_calm_is_not_degraded() -> None:
    found = BestPath.of(START, -1).after((-8.0, -8.0, 0.0, -8.0), STEPS, 1_000)
    assert found.scores.index(0.0) == 2
    assert (found.since_ms[1], found.since_ms[2]) == (-1, -1)
