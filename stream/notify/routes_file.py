"""Reading a file of routes, with errors that name the line; and following it while it runs."""

from __future__ import annotations

import difflib
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.notify.addresses import why_not_an_address
from tonewatch.stream.notify.fault_words import worded
from tonewatch.stream.notify.routes import NO_ROUTES, AnyTarget, EmailTarget, Routes, RoutesFile, Secret
from tonewatch.stream.notify.routes_review import Place
from tonewatch.stream.settings_file import file_text

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0

_AT = re.compile(r" - at `(?:key in )?\$(.*)`$")
_TWICE = re.compile(r'found duplicate key "([^"]*)"')
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
    tree = _tree(text)
    try:
        file = msgspec.convert(_plain(tree), RoutesFile)
    except msgspec.ValidationError as error:
        found = _AT.search(str(error))
        path = _path(tree, found.group(1) if found else "")
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
    return _line(_tree(path.read_text(encoding="utf-8")), place)


def _tree(text: str) -> CommentedMap:
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = (error.problem or "broken").strip()
        if isinstance(error, DuplicateKeyError):
            twice = _TWICE.match(what)
            name = f"`{twice.group(1)}`" if twice else "a key"
            raise SettingsError(
                f"line {line}: {name} stands here a second time; give one of them another name"
            ) from error
        raise SettingsError(f"line {line}: not YAML: {what}; look at the indentation and the colons") from error
    except YAMLError as error:
        raise SettingsError(f"line 1: not YAML: {error}") from error
    if not isinstance(tree, CommentedMap):
        raise SettingsError("line 1: the file must be a mapping that begins with `version: 1`")
    return tree


def _plain(node: Any) -> Any:  # noqa: ANN401
    """Plain values: the loader's own kinds carry comments and the way a number was written."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


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
            yield ("routes", name), f"there is no target `{unknown}`{_near(unknown, list(file.targets))}"
        for unknown in (team for team in route.teams if team not in file.teams):
            yield ("routes", name, "teams"), f"there is no team `{unknown}`{_near(unknown, list(file.teams))}"
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


def _near(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean `{close[0]}`?" if close else f"; known are {', '.join(known) or 'none'}"


def _fault(tree: CommentedMap, path: Place, what: str) -> SettingsError:
    if unknown := _UNKNOWN.search(what):
        path = (*path, unknown.group(1))
        what = f"unknown setting `{unknown.group(1)}`{_near(unknown.group(1), _KNOWN)}"
    where = f"{'.'.join(path)}: " if path else ""
    return SettingsError(f"line {_line(tree, path)}: {where}{what[:1].lower() + what[1:]}")


def _path(tree: CommentedMap, said: str) -> Place:
    """`.routes[...].to` to its keys: of a mapping msgspec does not say which key; the first faulty one is found."""
    keys: list[str] = []
    for name, index in re.findall(r"\.([^.\[]+)|\[([^\]]*)\]", said):
        keys.append(name or (_first_faulty(tree, tuple(keys)) if index == "..." else index))
    return tuple(keys)


def _first_faulty(tree: CommentedMap, path: Place) -> str:
    """The first key of the mapping at `path` without which it would be another file that is wrong, or none."""
    node: Any = _plain(tree)
    for key in path:
        node = node[key]
    for key in node:
        alone = {"version": 1, **_nested(path, {key: node[key]})}
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
    node: Any = _plain(tree)
    for key in path:
        if isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            node = node.get(key) if isinstance(node, dict) else None
    return node


def _line(tree: CommentedMap, path: Place) -> int:
    """Of the deepest part of the path that is there, from 1."""
    node: Any = tree
    line = 1
    for key in path:
        if isinstance(node, CommentedMap) and key in node:
            line = node.lc.key(key)[0] + 1
            node = node[key]
        elif isinstance(node, list) and key.isdigit() and int(key) < len(node):
            line = node.lc.item(int(key))[0] + 1  # type: ignore[attr-defined]
            node = node[int(key)]
        else:
            break
    return line


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
