"""The sentences that manners are learned from: templates of `training.txt`, filled, with openers and joined pairs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.tone.evidence.manner import MANNERS

TRAINING_FILE: Final = Path(__file__).parent / "training.txt"

FILLINGS: Final = 4
"""Sentences that are made of a template with lists in it, at most."""

OPENERS: Final = (
    "",
    "",
    "",
    "",
    "Well, ",
    "So ",
    "Look, ",
    "Okay, ",
    "No, ",
    "Yes, ",
    "And ",
    "But ",
    "Sorry, ",
    "Right, ",
)
"""Put before sentences of every class alike, so that none of them speaks for one."""

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Example:
    """`template`: the line that it was made of; examples of one template are never on both sides of a split."""

    text: str
    manner: str
    template: int


@dataclass(frozen=True, slots=True)
class TrainingText:
    """Lists by name, and templates by manner in the order of the file."""

    lists: Mapping[str, Sequence[str]]
    templates: Sequence[tuple[str, str]]

    def examples(self, seed: int) -> list[Example]:
        """Every template, filled `FILLINGS` ways at most, as it stands and behind openers."""
        rng = np.random.default_rng(seed)
        made: dict[tuple[str, str], Example] = {}
        for index, (manner, template) in enumerate(self.templates):
            for text in self._texts(template, rng):
                made.setdefault((text, manner), Example(text, manner, index))
        return list(made.values())

    def _texts(self, template: str, rng: np.random.Generator) -> Iterator[str]:
        for _ in range(FILLINGS):
            text = _SLOT.sub(lambda slot: str(rng.choice(list(self.lists[slot[1]]))), template)
            yield text
            opener = OPENERS[int(rng.integers(len(OPENERS)))]
            yield opener + (text if not opener or text.startswith("I") else text[0].lower() + text[1:])


def read_training(file: Path = TRAINING_FILE) -> TrainingText:
    """The lists and templates of a file.

    Raises:
        SettingsError: a class or a list is not known.
    """
    lists: dict[str, list[str]] = {}
    templates: list[tuple[str, str]] = []
    manner = ""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("@ "):
            name, _, items = line[2:].partition(": ")
            lists[name] = items.split(" | ")
        elif line.startswith("= "):
            manner = line[2:].strip()
        elif line and not line.startswith("#"):
            templates.append((_known(manner, MANNERS, file, number), line))
            for slot in _SLOT.findall(line):
                _known(slot, tuple(lists), file, number)
    return TrainingText(lists, templates)


def _known(name: str, names: Sequence[str], file: Path, number: int) -> str:
    if name not in names:
        raise SettingsError(f"{file.name}, line {number}: {name!r} is none of {', '.join(names)}")
    return name
