"""The file that says how many alerts an hour a supervisor can look at, for all, by team, by queue; followed live.

version: 1
all: {alerts_an_hour: 12}
teams:
  north: {queues: [billing, "cards-*"], supervisors: 2}
queues:
  retention: {alerts_an_hour: 6, supervisors: 3}
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from ruamel.yaml.comments import CommentedMap

from tonewatch.dashboard.alert_load import Budget
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.settings_file import file_text
from tonewatch.stream.yaml_tree import Place, TreeFault, line_of, near, place_of, plain, tree_of

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0

_AT = re.compile(r" - at `(?:key in )?\$(.*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of some queues; what is not said stays as it is. 0 alerts an hour: there is no limit."""

    alerts_an_hour: Annotated[float, Meta(ge=0, le=3600)] | None = None
    supervisors: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class TeamSaid(Said, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of a team's queues; `*` and `?` stand for any text and any letter."""

    queues: tuple[str, ...]


class BudgetsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    version: Literal[1]
    all: Said = Said()
    teams: dict[str, TeamSaid] = {}
    queues: dict[str, Said] = {}


class Budgets(msgspec.Struct, frozen=True):
    """What holds for each queue; without a file nothing is limited."""

    file: BudgetsFile = BudgetsFile(version=1)

    def of(self, queue: str) -> Budget:
        """By the newest word: for all, then of the team, then of the queue."""
        found = Budget()
        for said in self._layers(queue):
            found = Budget(
                found.alerts_an_hour if said.alerts_an_hour is None else said.alerts_an_hour,
                found.supervisors if said.supervisors is None else said.supervisors,
            )
        return found

    def _layers(self, queue: str) -> list[Said]:
        teams = [team for team in self.file.teams.values() if any(fnmatchcase(queue, one) for one in team.queues)]
        return [self.file.all, *teams, *(said for one, said in self.file.queues.items() if fnmatchcase(queue, one))]


def read_budgets(path: Path) -> Budgets:
    """
    Raises:
        SettingsError: the file cannot be read or does not fit; the text names it, the line, and what to do.
    """
    try:
        tree = tree_of(file_text(path, "budgets"))
    except TreeFault as fault:
        raise SettingsError(f"{path}, line {fault.line}: {fault.text}") from fault
    try:
        return Budgets(msgspec.convert(plain(tree), BudgetsFile))
    except msgspec.ValidationError as error:
        place, what = _placed(tree, str(error))
        raise SettingsError(f"{path}, line {line_of(tree, place)}: {what}") from error


def _placed(tree: CommentedMap, text: str) -> tuple[Place, str]:
    """Where an error of msgspec is, and what it says, with what may have been meant."""
    found = _AT.search(text)
    place = place_of(tree, found.group(1) if found else "", _first_faulty)
    what = _AT.sub("", text)
    if unknown := _UNKNOWN.search(what):
        known = BudgetsFile if not place else TeamSaid if place[0] == "teams" else Said
        place = (*place, unknown.group(1))
        what = f"unknown setting `{unknown.group(1)}`{near(unknown.group(1), known.__struct_fields__)}"
    return place, f"{'.'.join(place)}: {what[:1].lower()}{what[1:]}" if place else what


def _first_faulty(place: Place, node: Any) -> str:  # noqa: ANN401
    """The first value of `teams` or `queues` that is not what stands there."""
    kind: type[Said] = TeamSaid if place == ("teams",) else Said
    for name, value in node.items() if isinstance(node, dict) else ():
        try:
            msgspec.convert(plain(value), kind)
        except msgspec.ValidationError:
            return str(name)
    return "?"


class BudgetsWatch:
    """What holds now; a change that does not fit leaves what was before. `clock` is monotonic, in seconds."""

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        """
        Raises:
            SettingsError: as `read_budgets`.
        """
        self._path = path
        self._clock = clock
        self._looked_s = clock()
        self._stamp = _stamp(path)
        self._budgets = read_budgets(path) if path is not None else Budgets()

    def current(self) -> Budgets:
        now_s = self._clock()
        if self._path is None or now_s - self._looked_s < LOOK_EVERY_S:
            return self._budgets
        self._looked_s = now_s
        if (stamp := _stamp(self._path)) != self._stamp:
            self._stamp = stamp
            try:
                self._budgets = read_budgets(self._path)
            except SettingsError as error:
                _log.error("The changed budgets do not fit; those of before stay", extra={"error": str(error)})
        return self._budgets


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    """What changes with the file's content; null while there is none."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size, found.st_ino)
