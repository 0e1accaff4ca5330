"""All reference systems on the clips of one run, each trained without the voices that it is tested on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tonewatch.models.corpora import MANIFEST, Clip, read_manifest, speaker_folds
from tonewatch.models.evaluation.emotion import Run, Track, without_progress
from tonewatch.models.evaluation.reference_systems.factory import EXTRACTORS, REFERENCE_SYSTEMS, SystemSpec
from tonewatch.models.evaluation.reference_systems.features import Described, FeatureExtractor, Store
from tonewatch.models.evaluation.reference_systems.system import ReferenceSystem
from tonewatch.models.evaluation.results import Row
from tonewatch.models.evaluation.sets import label_of
from tonewatch.models.evaluation.sound import Band, Sound, UnreadableClip, read_sound
from tonewatch.models.packages import need_packages
from tonewatch.stream.errors import DependencyError

SEED = 0
_STAGE = "references: "
_ADVICE = "--reference-folds 5 trains on the tested speakers too, each group held out in turn"

Extractors = dict[str, FeatureExtractor]
Descriptions = dict[str, Described]
"""By extractor's name."""


@dataclass(frozen=True)
class TrainingClip:
    """A labelled clip, as each extractor describes it."""

    speaker: str
    label: int
    described: Descriptions


def read_training_clips(data: Path, classes: Sequence[str]) -> list[Clip]:
    """The labelled clips of `data`'s own manifest and of those in the folders right under it.

    DependencyError when there is no manifest or one cannot be read.
    """
    manifests = [path for path in (data / MANIFEST, *sorted(data.glob(f"*/{MANIFEST}"))) if path.is_file()]
    if not manifests:
        raise DependencyError(
            f"no {MANIFEST} in {data} or right under it: --data names the reference systems' training clips"
        )
    clips = (clip for path in manifests for clip in read_manifest(path))
    return [clip for clip in clips if label_of(clip, classes) is not None]


def reference_rows(
    run: Run,
    training_clips: Sequence[Clip],
    band: Band,
    work: Path,
    *,
    folds: int = 0,
    track: Track = without_progress,
    systems: Sequence[SystemSpec] = REFERENCE_SYSTEMS,
) -> list[Row]:
    """A row a system, in the given order. StoreError when `work` cannot be written to.

    folds 0: each is trained once, on the training clips of every speaker that does not occur in the run. Otherwise the
    run's speakers are dealt into so many groups, and each group is tested by systems trained on everybody else: for
    when there are no other speakers to train on.
    """
    held_out = _groups(run, folds)
    extractors, why_not = _extractors(systems)
    store = Store(work / "references.sqlite")
    try:
        usable = [clip for clip in training_clips if any(clip.speaker not in group for group in held_out)]
        tested = _tested(run, extractors, band, store, track)
        training = _training(usable, run.classes, extractors, band, store, track)
    finally:
        store.close()
    rows = []
    for spec in track(systems, _STAGE + "training"):
        if spec.extractor in extractors:
            rows.append(_row(spec, extractors[spec.extractor], run, tested, training, held_out))
        else:
            rows.append(_missing(spec, why_not[spec.extractor]))
    return rows


def _groups(run: Run, folds: int) -> list[set[str]]:
    """Speakers that are held out of a training together."""
    clips = [one.clip for one in run.clips]
    if folds:
        return [set(group) for group in speaker_folds(clips, folds, SEED) if group]
    return [{clip.speaker for clip in clips}]


def _extractors(systems: Sequence[SystemSpec]) -> tuple[Extractors, dict[str, str]]:
    """The extractors that are installed, and why the others are not."""
    found: Extractors = {}
    why_not: dict[str, str] = {}
    for name in dict.fromkeys(spec.extractor for spec in systems):
        try:
            need_packages("sklearn")
            found[name] = EXTRACTORS[name]()
        except DependencyError as error:
            why_not[name] = str(error)
    return found, why_not


def _tested(run: Run, extractors: Extractors, band: Band, store: Store, track: Track) -> list[Descriptions]:
    found = []
    for one in track(run.clips, _STAGE + "tested clips"):
        sound = read_sound(one.clip.path, band)
        found.append({name: store.described(extractor, sound) for name, extractor in extractors.items()})
    return found


def _training(
    clips: Sequence[Clip], classes: Sequence[str], extractors: Extractors, band: Band, store: Store, track: Track
) -> list[TrainingClip]:
    """Clips that cannot be read are left out."""
    found = []
    for clip in track(clips, _STAGE + "training clips"):
        label = label_of(clip, classes)
        try:
            described = _described(clip, extractors, store, partial(read_sound, clip.path, band))
        except UnreadableClip:
            continue
        if label is not None:
            found.append(TrainingClip(clip.speaker, label, described))
    return found


def _described(clip: Clip, extractors: Extractors, store: Store, read: Callable[[], Sound]) -> Descriptions:
    """The audio is read only where an extractor needs it: a manifest's text spares speech-to-text."""
    sound: Sound | None = None
    found: Descriptions = {}
    for name, extractor in extractors.items():
        known = extractor.from_manifest(clip)
        if known is None:
            sound = sound or read()
            found[name] = store.described(extractor, sound)
        else:
            found[name] = Described(known, 0.0)
    return found


def _row(
    spec: SystemSpec,
    extractor: FeatureExtractor,
    run: Run,
    tested: Sequence[Descriptions],
    training: Sequence[TrainingClip],
    held_out: Sequence[set[str]],
) -> Row:
    speakers = [one.clip.speaker for one in run.clips]
    posteriors = np.zeros((len(run.clips), len(run.classes)))
    seconds = np.array([one[spec.extractor].seconds for one in tested])
    for group in held_out:
        system = ReferenceSystem(extractor, spec.make_model, len(run.classes), per_speaker=spec.per_speaker)
        others = [clip for clip in training if clip.speaker not in group]
        try:
            system.fit(
                [clip.described[spec.extractor].value for clip in others],
                np.array([clip.label for clip in others], dtype=np.int64),
                [clip.speaker for clip in others],
            )
        except ValueError as error:
            return _missing(spec, f"{error}; {len(others)} clips are of speakers that are not tested. {_ADVICE}")
        asked = [index for index, speaker in enumerate(speakers) if speaker in group]
        start = time.perf_counter()
        posteriors[asked] = system.posteriors(
            [tested[index][spec.extractor].value for index in asked], [speakers[index] for index in asked]
        )
        seconds[asked] += (time.perf_counter() - start) / len(asked)
    return Row(spec.name, spec.about, spec.per_speaker, run.answers(posteriors, seconds))


def _missing(spec: SystemSpec, why: str) -> Row:
    return Row(spec.name, spec.about, spec.per_speaker, missing=why)
