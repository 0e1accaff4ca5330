"""The dataset of the explainer's training: moments, examples, vocabulary; made once and kept in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tonewatch.models.degradation.folder import all_but, find_calls
from tonewatch.models.degradation.listened_calls import OfflineListening, listen_all
from tonewatch.models.output import make_folder, write_file
from tonewatch.models.reasons.data import ReasonExample, fit_teacher, vocabulary, write_examples
from tonewatch.models.reasons.examples import KnownMoment, known
from tonewatch.models.reasons.moments import AskedMoment, probes, read_turns
from tonewatch.stream.errors import DependencyError
from tonewatch.stream.tone.config import ToneConfig

VOCABULARY_FILE = "vocabulary.json"
HELD_OUT = 256
"""Number of examples that are not trained on, for the loss that is shown."""


class Vocabulary(msgspec.Struct, frozen=True):
    """`symbols`: all, an id is an index into them; `writes`: the words that a reason may use."""

    symbols: tuple[str, ...]
    writes: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """Moments with a truth, the examples written from them, and the vocabulary of those."""

    moments: list[KnownMoment]
    examples: list[ReasonExample]
    vocabulary: Vocabulary


def moments_of(
    folder: Path,
    listening: OfflineListening,
    held_out: Sequence[str],
    held_out_corpora: Sequence[str],
    say: Callable[[str], None],
) -> list[KnownMoment]:
    """Every moment of clear truth of the callers that are not held out.

    Raises:
        DependencyError: the calls have no turns, so their emotions are unknown.
        SettingsError: a speaker or corpus to hold out does not occur.
    """
    calls = all_but(find_calls(folder), speakers=held_out, corpora=held_out_corpora)
    turns = read_turns(folder)
    if not any(turns.values()):
        raise DependencyError(f"{folder}: no turns in its truth.json; make calls with: tonewatch evaluate stitch")
    listened = listen_all(calls, listening)
    config = listening.configs(ToneConfig())
    asked: list[AskedMoment] = [
        one for call in listened for one in probes(call, turns.get(call.name, ()), config(call))
    ]
    clear = known(asked)
    degraded = sum(one.degraded for one in clear)
    say(f"{len(listened)} calls, {len(asked)} moments, {len(clear)} of clear truth, {degraded} degraded")
    return clear


def prepare(moments: Sequence[KnownMoment], count: int, work: Path, seed: int, say: Callable[[str], None]) -> Dataset:
    """Examples and vocabulary, from `work` where they were made of the same moments before.

    Raises:
        StoreError: the folder cannot be written.
    """
    make_folder(work)
    fingerprint = hashlib.sha256(msgspec.json.encode([one.asked.facts for one in moments])).hexdigest()[:12]
    file, vocabulary_file = work / f"examples-{fingerprint}-{seed}-{count}.jsonl", work / VOCABULARY_FILE
    if file.is_file() and vocabulary_file.is_file():
        examples = [msgspec.json.decode(line, type=ReasonExample) for line in file.read_bytes().splitlines()]
        return Dataset(list(moments), examples, msgspec.json.decode(vocabulary_file.read_bytes(), type=Vocabulary))
    examples = []
    for example in write_examples(moments, fit_teacher(moments, seed), count, seed):
        examples.append(example)
        if len(examples) % 2000 == 0:
            say(f"{len(examples)} reasons written")
    words = Vocabulary(*(tuple(part) for part in vocabulary(examples)))
    write_file(file, b"\n".join(msgspec.json.encode(example) for example in examples), "the examples", "--work")
    write_file(vocabulary_file, msgspec.json.encode(words), "the vocabulary", "--work")
    return Dataset(list(moments), examples, words)


def trained_vocabulary(work: Path) -> Vocabulary:
    """The vocabulary of the supervised training in this folder.

    Raises:
        DependencyError: there was none.
    """
    file = work / VOCABULARY_FILE
    if not file.is_file():
        raise DependencyError(f"no {VOCABULARY_FILE} in {work}: run tonewatch train explainer sft --work {work} first")
    return msgspec.json.decode(file.read_bytes(), type=Vocabulary)
