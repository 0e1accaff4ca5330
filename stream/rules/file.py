"""Reading a file of rules, with errors that name the line and what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec
from ruamel.yaml.comments import CommentedMap

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
from tonewatch.stream.yaml_tree import Place, TreeFault, line_of, near, place_of, plain, tree_of

_FIELD = re.compile(r"`([^`$]+)`")
_PATH = re.compile(r" - at `(?:key in )?\$(.*)`$")
_ALLOWED = {
    "severity": get_args(Severity),
    "kind": get_args(RuleKind),
    "version": ("1",),
}
_FIELDS_OF: dict[str, type[msgspec.Struct]] = {"file": RulesFile, "team": Team, "rule": Patch}


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
        tree = tree_of(text)
    except TreeFault as fault:
        return Fault(fault.line, fault.text)
    try:
        file = msgspec.convert(plain(tree), RulesFile)
    except msgspec.ValidationError as error:
        return _fault(tree, str(error))
    return _contradiction(tree, file) or RuleSet(file)


def schema() -> str:
    """JSON Schema of the file, for editors."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(RulesFile)}
    return json.dumps(found, indent=2)


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
        return Fault(line_of(tree, path), f"{_dotted(path)}: {error}")
    return None


def _blocks(file: RulesFile) -> Iterator[tuple[Place, Patches]]:
    yield ("rules",), file.rules
    for name, team in file.teams.items():
        yield ("teams", name, "rules"), team.rules
    for name, patches in file.queues.items():
        yield ("queues", name), patches


def _fault(tree: CommentedMap, text: str) -> Fault:
    """An error of msgspec, with its path turned into a line. Dots in names make a path ambiguous: the tree decides."""
    found = _PATH.search(text)
    path = place_of(tree, found.group(1) if found else "", _first_faulty)
    what = _PATH.sub("", text)
    if "unknown field" in what and (named := _FIELD.search(what)):
        path = (*path, named.group(1))
        what = f"unknown setting `{named.group(1)}`{_suggestion(path)}"
    elif "missing required field" in what and (named := _FIELD.search(what)):
        what = f"`{named.group(1)}` is missing; add it" + (": `version: 1`" if named.group(1) == "version" else "")
    elif "nvalid enum value" in what and path and path[-1] in _ALLOWED:
        what += f"; allowed is {' or '.join(_ALLOWED[path[-1]])}"
    where = f"{_dotted(path)}: " if path else ""
    return Fault(line_of(tree, path), where + what[:1].lower() + what[1:])


def _suggestion(path: Place) -> str:
    kind = "file" if len(path) == 1 else "team" if path[0] == "teams" and len(path) == 3 else "rule"
    return near(path[-1], _FIELDS_OF[kind].__struct_fields__)


def _first_faulty(keys: Place, node: Any) -> str:  # noqa: ANN401
    """The first value of a mapping that is not what stands there."""
    kind: Any = Patch
    if keys == ("teams",):
        kind = Team
    elif keys == ("queues",):
        kind = Patches
    for name, value in node.items() if isinstance(node, dict) else ():
        try:
            msgspec.convert(plain(value), kind)
        except msgspec.ValidationError:
            return str(name)
    return "?"


def _dotted(path: Place) -> str:
    return ".".join(path)
