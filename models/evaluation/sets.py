"""The sets of clips that metrics are computed for: one per manifest, each with a name of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tonewatch.models.corpora import EMOTIONS, EMOTIONS8, Clip, read_manifest


@dataclass(frozen=True)
class ClipSet:
    """`clips` have a label among the classes asked for; `unlabelled` counts those of the manifest that have none."""

    name: str
    folder: Path
    clips: tuple[Clip, ...]
    unlabelled: int


def read_sets(manifests: Sequence[Path], classes: Sequence[str]) -> list[ClipSet]:
    """One set a manifest, in order. Raises DependencyError for a manifest that cannot be read."""
    read = [(path, read_manifest(path)) for path in manifests]
    names = distinct(set_name(path, clips) for path, clips in read)
    sets = []
    for name, (path, clips) in zip(names, read, strict=True):
        kept = tuple(clip for clip in clips if label_of(clip, classes) is not None)
        sets.append(ClipSet(name, path.parent, kept, len(clips) - len(kept)))
    return sets


def set_name(path: Path, clips: Iterable[Clip]) -> str:
    """The corpus of the rows where it is one and the same, else the name of the manifest's folder."""
    corpora = {clip.corpus for clip in clips}
    only = corpora.pop() if len(corpora) == 1 else ""
    return only or path.resolve().parent.name or "manifest"


def distinct(names: Iterable[str]) -> list[str]:
    """Each name once: the second `calls` becomes `calls-2`, or the next number that is free."""
    found: list[str] = []
    for name in names:
        tried, number = name, 1
        while tried in found:
            number += 1
            tried = f"{name}-{number}"
        found.append(tried)
    return found


def label_of(clip: Clip, classes: Sequence[str]) -> int | None:
    """Index of the clip's class; None where it has none. Four and eight emotions have columns of their own, any
    other classes are looked for in the corpus's own word."""
    word = {EMOTIONS: clip.emotion4, EMOTIONS8: clip.emotion8}.get(tuple(classes), clip.emotion)
    return classes.index(word) if word in classes else None
