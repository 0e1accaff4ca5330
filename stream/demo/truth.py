"""What the demo calls are known to hold: `truth.json` beside their audio."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import msgspec

from tonewatch.stream.errors import DependencyError, SettingsError

TRUTH_FILE = "truth.json"
SUFFIXES = (".flac", ".wav", ".ogg")
REACH_S = 15.0
"""An alert may come this long after its onset before its call counts as reached."""


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `truth.json`; times are seconds from the start of the file."""

    file: str
    title: str = ""
    expected_alert: bool = False
    onset_s: float | None = None
    recovery_s: float | None = None
    duration_s: float = 0.0
    notice_given: bool | None = None

    @property
    def stem(self) -> str:
        return Path(self.file).stem

    def reached(self, watched_s: float, speed: float) -> bool:
        """Did `watched_s` seconds of a replay at `speed` leave time for what is expected of this call?"""
        if speed == 0 or not self.expected_alert:
            return True
        return (self.onset_s or 0.0) / speed + REACH_S <= watched_s


class DemoCalls(msgspec.Struct, frozen=True):
    """The files to replay and what is known of each; `about` is None without a truth.json.

    `is_own`: recordings of whoever runs the demo, of which nothing is expected. `channels` says who is on which.
    """

    files: tuple[Path, ...]
    truths: tuple[Truth, ...]
    about: Path | None
    is_own: bool = False
    channels: str = ""
    notice_given: bool = False

    @property
    def seconds(self) -> float:
        """Length of the longest call that is known."""
        return max((truth.duration_s for truth in self.truths), default=0.0)


def default_folder() -> Path:
    """Where the demo calls lie in this installation."""
    return Path(str(resources.files("tonewatch.stream.demo") / "calls"))


def own_calls(paths: Sequence[Path], *, channels: str, notice_given: bool) -> DemoCalls:
    """Recordings that somebody names, files and folders of them.

    Raises:
        DependencyError: a folder has none.
        SettingsError: nobody says that the callers were told, or two files have the same name.
    """
    files = tuple(file for path in paths for file in (find_calls(path).files if path.is_dir() else (path,)))
    if not notice_given:
        raise SettingsError(
            "Your own calls are analysed with --notice-given only: say it if their callers were told that the tone of "
            "the call is analysed."
        )
    twice = sorted(stem for stem, count in Counter(file.stem for file in files).items() if count > 1)
    if twice:
        raise SettingsError(f"--calls: two files are called {twice[0]}, and so would be their calls; rename one.")
    return DemoCalls(files, (), None, is_own=True, channels=channels, notice_given=notice_given)


def find_calls(folder: Path) -> DemoCalls:
    """The calls of a folder, by name.

    Raises:
        DependencyError: there is none.
        SettingsError: its truth.json does not fit.
    """
    files = tuple(sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES))
    if not files:
        raise DependencyError(
            f"No demo calls in {folder}: there is no {', '.join(SUFFIXES)} file. "
            "Make them with tonewatch synthesise, or name another folder with --calls."
        )
    about = folder / TRUTH_FILE
    if not about.is_file():
        return DemoCalls(files, (), None)
    try:
        truths = msgspec.json.decode(about.read_bytes(), type=tuple[Truth, ...])
    except msgspec.DecodeError as error:
        raise SettingsError(f"{about} is not a JSON list of calls ({error}).") from error
    names = {path.name for path in files}
    return DemoCalls(files, tuple(truth for truth in truths if truth.file in names), about)
