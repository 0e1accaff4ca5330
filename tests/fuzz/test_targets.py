"""The targets of `make fuzz`, without atheris: they take what they are meant to take, and that cut and bent."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from .targets import TARGETS


def test_make_fuzz_runs_every_target() -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    (line,) = [line for line in makefile.splitlines() if line.startswith("FUZZED := ")]
    assert set(line.split()[2:]) == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds_whole_cut_and_bent(name: str) -> None:
    target, chance = TARGETS[name], random.Random(7)
    seeds = list(target.seeds())
    assert seeds
    for seed in seeds:
        target.parse(seed)
        for _ in range(6):
            bent = bytearray(seed[: chance.randrange(len(seed) + 1)])
            for _ in range(min(3, len(bent))):
                bent[chance.randrange(len(bent))] = chance.randrange(256)
            target.parse(bytes(bent))
    target.parse(b"")
