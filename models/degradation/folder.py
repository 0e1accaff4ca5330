"""A folder of calls: with a truth.json, with a manifest.csv, or with nothing but audio."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tonewatch.models.corpora import MANIFEST, read_manifest
from tonewatch.models.degradation.truth import TRUTH_FILE, Truth, read_truth
from tonewatch.stream.doors.audio_file import AudioFile, inspect
from tonewatch.stream.errors import AudioFileError, DependencyError, SettingsError
from tonewatch.stream.messages import Role

SUFFIXES = (".wav", ".flac", ".ogg")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CallFile:
    """One call to listen to. `truth` is None where it is unknown."""

    name: str
    audio: AudioFile
    roles: tuple[Role, ...]
    truth: Truth | None


def find_calls(folder: Path, *, strict: bool = True, say: Callable[[str], None] = log.warning) -> list[CallFile]:
    """The calls of a folder: those that its truth names, else those of its manifest, else all its audio.

    One channel is the caller's where a truth speaks of it, and both parties in one where none does. `say` is told in a
    line of each file that holds something else than its header says, and, unless `strict`, of each that is left out.

    Raises:
        DependencyError: there is no call in it.
        SettingsError: its truth.json does not fit.
        AudioFileError: `strict`, and a file is not there, is no audio, or has more than two channels.
    """
    if not folder.is_dir():
        raise DependencyError(f"{folder} is no folder: name one that holds calls and, to be scored, {TRUTH_FILE}")
    named = _named(folder)
    found = list(_readable(folder, named, strict=strict, say=say))
    if named and not found:
        raise DependencyError(f"no call in {folder} can be read: all {len(named)} files were left out")
    if not found:
        raise DependencyError(f"no call in {folder}: there is no {', '.join(SUFFIXES)} file and no {TRUTH_FILE} of any")
    return found


def _named(folder: Path) -> list[tuple[str, Truth | None]]:
    """Names relative to the folder, with what is known of each."""
    if (folder / TRUTH_FILE).is_file():
        return [(truth.file, truth) for truth in read_truth(folder / TRUTH_FILE)]
    if (folder / MANIFEST).is_file():
        return [(str(clip.path.relative_to(folder)), None) for clip in read_manifest(folder / MANIFEST)]
    names = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    return [(name, None) for name in names]


def _readable(
    folder: Path, named: Iterable[tuple[str, Truth | None]], *, strict: bool, say: Callable[[str], None]
) -> Iterator[CallFile]:
    for name, truth in named:
        try:
            call = _call(folder, name, truth)
        except AudioFileError as error:
            if strict:
                raise
            say(f"left out {error}")
            continue
        if call.audio.remark:
            say(call.audio.remark)
        yield call


def those_of(calls: Sequence[CallFile], *, speakers: Sequence[str] = (), corpora: Sequence[str] = ()) -> list[CallFile]:
    """The calls of these speakers and of these corpora; nothing named asks for all.

    Raises:
        SettingsError: no call has such a speaker or corpus; a mistyped name must not silently select nothing.
    """
    known = [call.truth for call in calls if call.truth is not None]
    _check_names("speaker", speakers, {truth.speaker for truth in known})
    _check_names("corpus", corpora, {truth.corpus for truth in known})
    return [
        call
        for call in calls
        if (not speakers or (call.truth is not None and call.truth.speaker in speakers))
        and (not corpora or (call.truth is not None and call.truth.corpus in corpora))
    ]


def all_but(calls: Sequence[CallFile], *, speakers: Sequence[str] = (), corpora: Sequence[str] = ()) -> list[CallFile]:
    """The calls with a truth, without these speakers and without these corpora.

    Raises:
        SettingsError: as those_of.
    """
    theirs = those_of(calls, speakers=speakers) if speakers else []
    those = those_of(calls, corpora=corpora) if corpora else []
    left_out = {call.name for call in (*theirs, *those)}
    return [call for call in calls if call.truth is not None and call.name not in left_out]


def _check_names(what: str, asked: Sequence[str], there: set[str]) -> None:
    if unknown := sorted(set(asked) - there):
        raise SettingsError(
            f"No call of the {what} {', '.join(unknown)}: there are {', '.join(sorted(there)) or 'none'}."
        )


def _call(folder: Path, name: str, truth: Truth | None) -> CallFile:
    audio = inspect(folder / name)
    if audio.channels > 2:
        raise AudioFileError(
            f"{audio.path}: {audio.channels} channels; a call has the caller on the first, the agent on the second"
        )
    one: Role = "mixed" if truth is None else "customer"
    return CallFile(name, audio, ("customer", "agent") if audio.channels == 2 else (one,), truth)
