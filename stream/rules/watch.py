"""The file of rules as a running monitor follows it: read again when it changed, and kept as it was when it broke."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.rules.file import read_rules
from tonewatch.stream.rules.model import RuleSet

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0


class RulesWatch:
    """`clock` is monotonic, in seconds. The first reading may fail; a later one that fails changes nothing."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        """
        Raises:
            SettingsError: the file cannot be read or does not fit.
        """
        self._path = path
        self._clock = clock
        self._looked_s = clock()
        self._stamp = _stamp(path)
        self._rules = read_rules(path)

    def current(self) -> RuleSet:
        """The rules that hold now; the file is looked at every LOOK_EVERY_S at most."""
        now_s = self._clock()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return self._rules
        self._looked_s = now_s
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            self._read_again()
        return self._rules

    def _read_again(self) -> None:
        try:
            self._rules = read_rules(self._path)
        except SettingsError as error:
            log.error("The changed rules do not fit; the ones before stay in force", extra={"error": str(error)})
        else:
            log.info("The rules were read again", extra={"path": str(self._path)})


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes with the file's content; null while there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
