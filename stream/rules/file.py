"""Reading a file of rules, with errors that name the line and what to do about it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase, CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.rules.model import (
    BUILT_IN,
    Patch,
    Patches,
    RuleKind,
    RuleSet,
    RulesFile,
    Severity,
    Team,
    patched,
)
from tonewatch.stream.settings_file import file_text

_FIELD = re.compile(r"`([^`$]+)`")
_PATH = re.compile(r" - at `(?:key in )?\$(.*)`$")
_ALLOWED = {
    "severity": get_args(Severity),
    "kind": get_args(RuleKind),
    "version": ("1",),
}
_FIELDS_OF: dict[str, type[msgspec.Struct]] = {"file": RulesFile, "team": Team, "rule": Patch}

Path_ = tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong; `line` counts from 1."""

    line: int
    text: str


def read_rules(path: Path) -> RuleSet:
    """The rules of a file.

    Raises:
        SettingsError: it cannot be read or does not fit; the text names the file, the line and what to do.
    """
    found = parse(file_text(path, "rules"))
    if isinstance(found, Fault):
        raise SettingsError(f"{path}, line {found.line}: {found.text}")
    return found


def parse(text: str) -> RuleSet | Fault:
    """The rules, or the first thing that is wrong with them."""
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = (error.problem or "broken").strip()
        return Fault(mark.line + 1 if mark else 1, f"not YAML: {what}; look at the indentation and the colons")
    except YAMLError as error:
        return Fault(1, f"not YAML: {error}")
    if not isinstance(tree, CommentedMap):
        return Fault(1, "the file must be a mapping that begins with `version: 1`")
    try:
        file = msgspec.convert(_plain(tree), RulesFile)
    except msgspec.ValidationError as error:
        return _fault(tree, str(error))
    return _contradiction(tree, file) or RuleSet(file)


def schema() -> str:
    """JSON Schema of the file, for editors."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(RulesFile)}
    return json.dumps(found, indent=2)


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


def _contradiction(tree: CommentedMap, file: RulesFile) -> Fault | None:
    """What every queue's rules say together; null when all is well."""
    base = {rule.name: rule for rule in BUILT_IN}
    try:
        for where, patches in _blocks(file):
            rules = dict(base)
            for name, patch in patches.items():
                path = (*where, name)
                rules[name] = patched(rules.get(name), name, patch)
            if where == ("rules",):
                base = rules
    except ValueError as error:
        return Fault(_line(tree, path), f"{_dotted(path)}: {error}")
    return None


def _blocks(file: RulesFile) -> Iterator[tuple[Path_, Patches]]:
    yield ("rules",), file.rules
    for name, team in file.teams.items():
        yield ("teams", name, "rules"), team.rules
    for name, patches in file.queues.items():
        yield ("queues", name), patches


def _fault(tree: CommentedMap, text: str) -> Fault:
    """An error of msgspec, with its path turned into a line. Dots in names make a path ambiguous: the tree decides."""
    found = _PATH.search(text)
    path = _resolve(tree, found.group(1) if found else "")
    what = _PATH.sub("", text)
    if "unknown field" in what and (named := _FIELD.search(what)):
        path = (*path, named.group(1))
        what = f"unknown setting `{named.group(1)}`{_suggestion(path)}"
    elif "missing required field" in what and (named := _FIELD.search(what)):
        what = f"`{named.group(1)}` is missing; add it" + (": `version: 1`" if named.group(1) == "version" else "")
    elif "nvalid enum value" in what and path and path[-1] in _ALLOWED:
        what += f"; allowed is {' or '.join(_ALLOWED[path[-1]])}"
    where = f"{_dotted(path)}: " if path else ""
    return Fault(_line(tree, path), where + what[:1].lower() + what[1:])


def _suggestion(path: Path_) -> str:
    kind = "file" if len(path) == 1 else "team" if path[0] == "teams" and len(path) == 3 else "rule"
    known = list(_FIELDS_OF[kind].__struct_fields__)
    close = difflib.get_close_matches(path[-1], known, 1)
    return f"; did you mean `{close[0]}`?" if close else f"; known are {', '.join(known)}"


def _resolve(tree: CommentedMap, path: str) -> Path_:
    """`.rules.anger.fire` to its keys. For a key of a mapping msgspec writes `[...]`: the first faulty one is meant."""
    keys: list[str] = []
    node: Any = tree
    for part in re.findall(r"\.([^.\[]+)|(\[[^\]]*\])", path):
        name, index = part
        if index == "[...]":
            name = _first_faulty(keys, node)
        elif index:
            name = index.strip("[]")
        keys.append(name)
        node = node[int(name)] if isinstance(node, list) and name.isdigit() else _child(node, name)
    return tuple(keys)


def _child(node: Any, name: str) -> Any:  # noqa: ANN401
    return node.get(name) if isinstance(node, dict) else None


def _first_faulty(keys: list[str], node: Any) -> str:  # noqa: ANN401
    """The first value of a mapping that is not what stands there."""
    kind: Any = Patch
    if keys == ["teams"]:
        kind = Team
    elif keys == ["queues"]:
        kind = Patches
    for name, value in node.items() if isinstance(node, dict) else ():
        try:
            msgspec.convert(_plain(value), kind)
        except msgspec.ValidationError:
            return str(name)
    return "?"


def _line(tree: CommentedMap, path: Path_) -> int:
    """The line of the deepest part of the path that is there."""
    node: Any = tree
    line = 1
    for name in path:
        if isinstance(node, list) and name.isdigit() and int(name) < len(node):
            line = node.lc.item(int(name))[0] + 1 if isinstance(node, CommentedBase) else line
            node = node[int(name)]
        elif isinstance(node, CommentedMap) and name in node:
            line = node.lc.key(name)[0] + 1
            node = node[name]
        else:
            break
    return line


def _dotted(path: Path_) -> str:
    return ".".join(path)
