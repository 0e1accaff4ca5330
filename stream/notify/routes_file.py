"""Reading a file of routes, with errors that name the line; and following it while it runs."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from ruamel.yaml.comments import CommentedMap

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.notify.addresses import why_not_an_address
from tonewatch.stream.notify.fault_words import worded
from tonewatch.stream.notify.routes import NO_ROUTES, AnyTarget, EmailTarget, Routes, RoutesFile, Secret
from tonewatch.stream.settings_file import file_text
from tonewatch.stream.yaml_tree import Place, TreeFault, near, part, place_of, plain, tree_of
from tonewatch.stream.yaml_tree import line_of as line_of_place

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0

_AT = re.compile(r" - at `(?:key in )?\$(.*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_KNOWN = sorted(
    {name for of in msgspec.json.schema_components([RoutesFile])[1].values() for name in of.get("properties", ())}
)


def read_routes(path: Path) -> Routes:
    """The routes of a file.

    Raises:
        SettingsError: it cannot be read or does not fit; the text names the file, the line and what to do.
    """
    text = file_text(path, "routes")
    try:
        return parse(text)
    except SettingsError as error:
        raise SettingsError(f"{path}, {error}") from error


def parse(text: str) -> Routes:
    """
    Raises:
        SettingsError: the text begins with the line of the first thing that is wrong.
    """
    try:
        tree = tree_of(text)
    except TreeFault as fault:
        raise SettingsError(f"line {fault.line}: {fault.text}") from fault
    try:
        file = msgspec.convert(plain(tree), RoutesFile)
    except msgspec.ValidationError as error:
        found = _AT.search(str(error))
        path = place_of(tree, found.group(1) if found else "", _first_faulty)
        raise _fault(tree, path, worded(path, _AT.sub("", str(error)), _value(tree, path))) from error
    for path, what in _contradictions(file):
        raise _fault(tree, path, what)
    return Routes(file)


def schema() -> str:
    """JSON Schema of the file, for editors."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(RoutesFile)}
    return json.dumps(found, indent=2)


def secret_places(file: RoutesFile) -> Iterator[tuple[Place, Secret]]:
    """Every secret that the file names, by where it stands there."""
    for name, target in file.targets.items():
        for field in target.__struct_fields__:
            value = getattr(target, field)
            if isinstance(value, Secret):
                yield ("targets", name, field), value
            for number, secret in enumerate(value if isinstance(value, tuple) else ()):
                if isinstance(secret, Secret):
                    yield ("targets", name, field, str(number)), secret
    for field in ("secret", "slack_signing_secret"):
        if (found := getattr(file.acknowledge, field)) is not None:
            yield ("acknowledge", field), found


def line_of(path: Path, place: Place) -> int:
    """Of a part of a file that was read before, from 1."""
    return line_of_place(tree_of(path.read_text(encoding="utf-8")), place)


def _contradictions(file: RoutesFile) -> Iterator[tuple[Place, str]]:
    """What no single part of the file can tell."""
    if file.board and (why := why_not_an_address(file.board, private=True)):
        yield ("board",), why
    for name, target in file.targets.items():
        if why := _address_of(target):
            yield ("targets", name), why
    for name, route in file.routes.items():
        named = [*route.to, *(target for step in route.escalate for target in step.to)]
        for unknown in (target for target in named if target not in file.targets):
            yield ("routes", name), f"there is no target `{unknown}`{near(unknown, list(file.targets))}"
        for unknown in (team for team in route.teams if team not in file.teams):
            yield ("routes", name, "teams"), f"there is no team `{unknown}`{near(unknown, list(file.teams))}"
        for quiet in route.quiet_hours:
            if why := _zone(quiet.time_zone):
                yield ("routes", name, "quiet_hours"), why


def _address_of(target: AnyTarget) -> str:
    url = getattr(target, "url", "")
    if isinstance(target, EmailTarget) or not url:
        return ""
    return why_not_an_address(url, private=target.private_addresses)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"`{name}` is no time zone; write one as `Europe/Berlin`"
    return ""


def _fault(tree: CommentedMap, path: Place, what: str) -> SettingsError:
    if unknown := _UNKNOWN.search(what):
        path = (*path, unknown.group(1))
        what = f"unknown setting `{unknown.group(1)}`{near(unknown.group(1), _KNOWN)}"
    where = f"{'.'.join(path)}: " if path else ""
    return SettingsError(f"line {line_of_place(tree, path)}: {where}{what[:1].lower() + what[1:]}")


def _first_faulty(path: Place, node: Any) -> str:  # noqa: ANN401
    """The first key of the mapping at `path` without which it would be another file that is wrong, or none."""
    for key, value in plain(node).items():
        alone = {"version": 1, **_nested(path, {key: value})}
        try:
            msgspec.convert(alone, RoutesFile)
        except msgspec.ValidationError:
            return str(key)
    return "?"


def _nested(path: Place, value: dict[str, Any]) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value


def _value(tree: CommentedMap, path: Place) -> Any:  # noqa: ANN401
    """What stands there; null where nothing does."""
    node: Any = plain(tree)
    for key in path:
        node = part(node, key)
    return node


class RoutesWatch:
    """The file as it is followed: read again when it changed, kept as it was when it broke. No path: no routes."""

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        """`clock` is monotonic, in seconds.

        Raises:
            SettingsError: the file cannot be read or does not fit.
        """
        self._path = path
        self._clock = clock
        self._looked_s = clock()
        self._stamp = _stamp(path)
        self._routes = NO_ROUTES if path is None else read_routes(path)

    def current(self) -> Routes:
        """The routes that hold now; the file is looked at every LOOK_EVERY_S at most."""
        now_s = self._clock()
        if self._path is not None and now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            if (stamp := _stamp(self._path)) != self._stamp:
                self._stamp = stamp
                self._read_again(self._path)
        return self._routes

    def _read_again(self, path: Path) -> None:
        try:
            self._routes = read_routes(path)
        except SettingsError as error:
            log.error("The changed routes do not fit; the ones before stay in force", extra={"error": str(error)})
        else:
            log.info("The routes were read again", extra={"path": str(path)})


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    """What changes with the file's content; null while there is none."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None
