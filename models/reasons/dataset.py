"""What a training of the explainer works on, made once and kept in its folder: moments, examples, vocabulary."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tonewatch.models.degradation.folder import all_but, find_calls
from tonewatch.models.degradation.listened_calls import OfflineListening, listen_all
from tonewatch.models.output import make_folder, write_file
from tonewatch.models.reasons.data import Example, examples, fit_teacher, vocabulary
from tonewatch.models.reasons.examples import KnownMoment, known
from tonewatch.models.reasons.moments import AskedMoment, probes, read_turns
from tonewatch.models.reasons.teacher import Teacher
from tonewatch.stream.errors import DependencyError
from tonewatch.stream.tone.config import ToneConfig

WORDS = "vocabulary.json"
HELD_OUT = 256
"""Examples that are not trained on, for the loss that is shown."""


class Vocabulary(msgspec.Struct, frozen=True):
    symbols: tuple[str, ...]
    writes: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """What there is to learn from."""

    moments: list[KnownMoment]
    found: list[Example]
    words: Vocabulary


def moments_of(
    folder: Path,
    listening: OfflineListening,
    held_out: Sequence[str],
    held_out_corpora: Sequence[str],
    say: Callable[[str], None],
) -> list[KnownMoment]:
    """Every moment of clear truth of the callers that are not kept held_out.

    Raises:
        DependencyError: the calls have no turns, so nobody knows what was spoken in them.
        SettingsError: somebody who is to be kept held_out is not there.
    """
    calls = all_but(find_calls(folder), speakers=held_out, corpora=held_out_corpora)
    turns = read_turns(folder)
    if not any(turns.values()):
        raise DependencyError(f"{folder}: no turns in its truth.json; make calls with: tonewatch evaluate stitch")
    heard = listen_all(calls, listening)
    config = listening.configs(ToneConfig())
    asked: list[AskedMoment] = [one for call in heard for one in probes(call, turns.get(call.name, ()), config(call))]
    clear = known(asked)
    degraded = sum(one.degraded for one in clear)
    say(f"{len(heard)} calls, {len(asked)} moments, {len(clear)} of clear truth, {degraded} degraded")
    return clear


def prepare(moments: Sequence[KnownMoment], count: int, work: Path, seed: int, say: Callable[[str], None]) -> Dataset:
    """Examples and vocabulary, from `work` where they were made of the same moments before.

    Raises:
        StoreError: the folder cannot be written.
    """
    make_folder(work)
    print_of = hashlib.sha256(msgspec.json.encode([one.asked.facts for one in moments])).hexdigest()[:12]
    file, words_file = work / f"examples-{print_of}-{seed}-{count}.jsonl", work / WORDS
    if file.is_file() and words_file.is_file():
        found = [msgspec.json.decode(line, type=Example) for line in file.read_bytes().splitlines()]
        return Dataset(list(moments), found, msgspec.json.decode(words_file.read_bytes(), type=Vocabulary))
    found = []
    for example in examples(moments, teacher_of(moments, seed), count, seed):
        found.append(example)
        if len(found) % 2000 == 0:
            say(f"{len(found)} reasons written")
    words = Vocabulary(*(tuple(part) for part in vocabulary(found)))
    write_file(file, b"\n".join(msgspec.json.encode(example) for example in found), "the examples", "--work")
    write_file(words_file, msgspec.json.encode(words), "the vocabulary", "--work")
    return Dataset(list(moments), found, words)


def taught(work: Path) -> Vocabulary:
    """What the supervised training in this folder ended with.

    Raises:
        DependencyError: there was none.
    """
    file = work / WORDS
    if not file.is_file():
        raise DependencyError(f"no {WORDS} in {work}: run tonewatch train explainer sft --work {work} first")
    return msgspec.json.decode(file.read_bytes(), type=Vocabulary)


def teacher_of(moments: Sequence[KnownMoment], seed: int) -> Teacher:
    return fit_teacher(moments, seed)
