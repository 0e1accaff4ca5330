"""All peers on the clips of one run, each trained without the voices that it is asked about."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tonewatch.models.corpora import MANIFEST, Clip, read_manifest, speaker_folds
from tonewatch.models.evaluation.emotion import Run, Track, untold
from tonewatch.models.evaluation.reference_systems.factory import EARS, ROSTER, Entry
from tonewatch.models.evaluation.reference_systems.features import Described, Ear, Store
from tonewatch.models.evaluation.reference_systems.heads import need_sklearn
from tonewatch.models.evaluation.reference_systems.system import Peer
from tonewatch.models.evaluation.results import Row
from tonewatch.models.evaluation.sets import label_of
from tonewatch.models.evaluation.sound import Band, Sound, UnreadableClip, read_sound
from tonewatch.stream.errors import DependencyError

SEED = 0
_TOLD = "peers: "
_ADVICE = "--peer-folds 5 lets the tested speakers teach about one another"


@dataclass(frozen=True)
class Lesson:
    """A clip with a label, as each ear describes it."""

    speaker: str
    label: int
    described: dict[str, Described]


def read_lessons(data: Path, classes: Sequence[str]) -> list[Clip]:
    """The labelled clips of `data`'s own manifest and of those in the folders right under it.

    DependencyError when there is no manifest or one cannot be read.
    """
    manifests = [path for path in (data / MANIFEST, *sorted(data.glob(f"*/{MANIFEST}"))) if path.is_file()]
    if not manifests:
        raise DependencyError(f"no {MANIFEST} in {data} or right under it: --data names the peers' training clips")
    clips = (clip for path in manifests for clip in read_manifest(path))
    return [clip for clip in clips if label_of(clip, classes) is not None]


def peer_rows(
    run: Run,
    lessons: Sequence[Clip],
    band: Band,
    work: Path,
    *,
    folds: int = 0,
    track: Track = untold,
    roster: Sequence[Entry] = ROSTER,
) -> list[Row]:
    """A row a peer, in the order of the roster. StoreError when `work` cannot be written to.

    folds 0: each is trained once, on the lessons of every speaker that does not occur in the run. Otherwise the run's
    speakers are dealt into so many groups, and what a peer says of a group it learnt from everybody else: for when
    the tested speakers are the only ones there are.
    """
    unheard = _groups(run, folds)
    ears, why_not = _ears(roster)
    store = Store(work / "peers.sqlite")
    try:
        usable = [clip for clip in lessons if any(clip.speaker not in group for group in unheard)]
        tested = _tested(run, ears, band, store, track)
        taught = _taught(usable, run.classes, ears, band, store, track)
    finally:
        store.close()
    rows = []
    for entry in track(roster, _TOLD + "training"):
        if entry.ear in ears:
            rows.append(_row(entry, ears[entry.ear], run, tested, taught, unheard))
        else:
            rows.append(_missing(entry, why_not[entry.ear]))
    return rows


def _groups(run: Run, folds: int) -> list[set[str]]:
    """Speakers that are kept out of a training together."""
    clips = [one.clip for one in run.heard]
    if folds:
        return [set(group) for group in speaker_folds(clips, folds, SEED) if group]
    return [{clip.speaker for clip in clips}]


def _ears(roster: Sequence[Entry]) -> tuple[dict[str, Ear], dict[str, str]]:
    """The ears that can be had, and why the others cannot."""
    found: dict[str, Ear] = {}
    why_not: dict[str, str] = {}
    for name in dict.fromkeys(entry.ear for entry in roster):
        try:
            need_sklearn()
            found[name] = EARS[name]()
        except DependencyError as error:
            why_not[name] = str(error)
    return found, why_not


def _tested(run: Run, ears: dict[str, Ear], band: Band, store: Store, track: Track) -> list[dict[str, Described]]:
    found = []
    for heard in track(run.heard, _TOLD + "tested clips"):
        sound = read_sound(heard.clip.path, band)
        found.append({name: store.described(ear, sound) for name, ear in ears.items()})
    return found


def _taught(
    clips: Sequence[Clip], classes: Sequence[str], ears: dict[str, Ear], band: Band, store: Store, track: Track
) -> list[Lesson]:
    """Clips that cannot be read teach nothing."""
    found = []
    for clip in track(clips, _TOLD + "training clips"):
        label = label_of(clip, classes)
        try:
            described = _lesson(clip, ears, store, partial(read_sound, clip.path, band))
        except UnreadableClip:
            continue
        if label is not None:
            found.append(Lesson(clip.speaker, label, described))
    return found


def _lesson(clip: Clip, ears: dict[str, Ear], store: Store, read: Callable[[], Sound]) -> dict[str, Described]:
    sound: Sound | None = None
    found: dict[str, Described] = {}
    for name, ear in ears.items():
        known = ear.from_manifest(clip)
        if known is None:
            sound = sound or read()
            found[name] = store.described(ear, sound)
        else:
            found[name] = Described(known, 0.0)
    return found


def _row(
    entry: Entry,
    ear: Ear,
    run: Run,
    tested: Sequence[dict[str, Described]],
    taught: Sequence[Lesson],
    unheard: Sequence[set[str]],
) -> Row:
    speakers = [one.clip.speaker for one in run.heard]
    posteriors = np.zeros((len(run.heard), len(run.classes)))
    seconds = np.array([one[entry.ear].seconds for one in tested])
    for group in unheard:
        peer = Peer(ear, entry.make_model, len(run.classes), per_speaker=entry.per_speaker)
        others = [lesson for lesson in taught if lesson.speaker not in group]
        try:
            peer.fit(
                [lesson.described[entry.ear].value for lesson in others],
                np.array([lesson.label for lesson in others], dtype=np.int64),
                [lesson.speaker for lesson in others],
            )
        except ValueError as error:
            return _missing(entry, f"{error}; {len(others)} clips are of speakers that are not tested. {_ADVICE}")
        asked = [place for place, speaker in enumerate(speakers) if speaker in group]
        start = time.perf_counter()
        posteriors[asked] = peer.posteriors(
            [tested[place][entry.ear].value for place in asked], [speakers[place] for place in asked]
        )
        seconds[asked] += (time.perf_counter() - start) / len(asked)
    return Row(entry.name, entry.about, entry.per_speaker, run.answers(posteriors, seconds))


def _missing(entry: Entry, why: str) -> Row:
    return Row(entry.name, entry.about, entry.per_speaker, missing=why)
