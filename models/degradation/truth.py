"""The truth of calls: `truth.json`, a list of entries beside the audio files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from tonewatch.stream.errors import SettingsError

TRUTH_FILE = "truth.json"


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """One call. Times are seconds from the start of the file; other keys of an entry are ignored.

    onset_s     where the tone begins to degrade; null where it never does
    end_s       where the degraded stretch ends (null: with the call)
    recovery_s  start of the first calm words after it, where there are any
    """

    file: str
    kind: str
    onset_s: float | None
    speaker: str = ""
    corpus: str = ""
    end_s: float | None = None
    duration_s: float | None = None
    recovery_s: float | None = None

    @property
    def voice(self) -> str:
        """The unit that a bootstrap draws: the caller, or the call where no caller is named."""
        return f"{self.corpus}/{self.speaker}" if self.speaker else self.file

    def degraded(self, duration_s: float) -> tuple[float, float] | None:
        """The degraded stretch of a call of this length, in seconds; null where nothing degrades."""
        if self.onset_s is None:
            return None
        ends = [end for end in (self.end_s, self.recovery_s) if end is not None]
        return self.onset_s, min([*ends, duration_s])

    @property
    def recovers(self) -> bool:
        """Is there a recovery to be found?"""
        return self.onset_s is not None and (self.recovery_s is not None or self.kind.startswith("recover"))


class Turn(msgspec.Struct, frozen=True):
    """One turn with its emotion in the corpus's own word; channel 0 is the caller."""

    channel: int
    start_s: float
    end_s: float
    emotion: str


class Made(Truth, frozen=True, kw_only=True):
    """The truth of a call that was stitched, with how it was made."""

    agent_speaker: str | None = None
    agent_emotion: str | None = None
    clips: int = 0
    clips_reused: int = 0
    noise: str = ""
    turns: tuple[Turn, ...] = ()


def write_truth(folder: Path, truths: Sequence[Truth]) -> None:
    """Every entry with every key, the nulls too."""
    (folder / TRUTH_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(truths), indent=1) + b"\n")


def read_truth(path: Path) -> tuple[Truth, ...]:
    """The entries of one file.

    Raises:
        SettingsError: the file is no list of such entries, or an entry contradicts itself; the text names which.
    """
    try:
        truths = msgspec.json.decode(path.read_bytes(), type=tuple[Truth, ...])
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path}: {error}. It must be a list of entries with file, speaker, corpus, kind, onset_s, end_s and "
            "duration_s; times are seconds, and null where nothing degrades."
        ) from error
    for index, truth in enumerate(truths):
        if wrong := _contradiction(truth):
            raise SettingsError(f"{path}, entry {index} ({truth.file}): {wrong}")
    names = [truth.file for truth in truths]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(f"{path}: more than one entry for {', '.join(twice)}")
    return truths


def _contradiction(truth: Truth) -> str:
    """The contradiction in an entry; empty when there is none."""
    if not truth.file or Path(truth.file).is_absolute() or ".." in Path(truth.file).parts:
        return f"file {truth.file!r} must be a path inside the folder of the truth"
    if truth.onset_s is None:
        return ""
    if truth.onset_s < 0:
        return f"onset_s {truth.onset_s} lies before the call"
    if truth.end_s is not None and truth.end_s <= truth.onset_s:
        return f"end_s {truth.end_s} does not lie after onset_s {truth.onset_s}"
    if truth.duration_s is not None and truth.onset_s >= truth.duration_s:
        return f"onset_s {truth.onset_s} lies behind the call's end at {truth.duration_s}"
    return ""
