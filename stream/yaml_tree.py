"""A YAML file that an operator writes, as a tree whose parts know their lines: rules, routes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase, CommentedMap, TaggedScalar
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Place = tuple[str, ...]
"""Keys from the top of the file, the numbers of a list among them."""

_TWICE = re.compile(r'found duplicate key "([^"]*)"')
_PART = re.compile(r"\.([^.\[]+)|\[([^\]]*)\]")


UNLOADABLE = (TypeError, ValueError, ArithmeticError, AttributeError, LookupError, AssertionError, RecursionError)
"""What ruamel.yaml raises besides its own errors."""


@dataclass(frozen=True)
class TreeFault(Exception):
    """The text is no mapping in YAML. `line` counts from 1; `text` says what to do."""

    line: int
    text: str


def tree_of(text: str) -> CommentedMap:
    """
    Raises:
        TreeFault: it is none.
    """
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise TreeFault(mark.line + 1 if mark else 1, _problem(error)) from error
    except YAMLError as error:
        raise TreeFault(1, f"not YAML: {error}") from error
    except UNLOADABLE as error:
        # The loader's own: a mapping or a list as a key, a date that there is not, a nesting without end.
        raise TreeFault(1, "a key or a value is none that this file may have, such as a list as a key") from error
    if not isinstance(tree, CommentedMap):
        raise TreeFault(1, "the file must be a mapping that begins with `version: 1`")
    return tree


def _problem(error: MarkedYAMLError) -> str:
    what = (error.problem or "broken").strip()
    if isinstance(error, DuplicateKeyError):
        twice = _TWICE.match(what)
        name = f"`{twice.group(1)}`" if twice else "a key"
        return f"{name} stands here a second time; give one of them another name"
    return f"not YAML: {what}; look at the indentation and the colons"


def plain(node: Any) -> Any:  # noqa: ANN401
    """Plain values: the loader's own kinds carry comments and the way a number was written."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    if isinstance(node, TaggedScalar):
        return str(node.value)
    return None if node is None else str(node)  # a date, a set: what wants a text or a number says so


def part(node: Any, key: str) -> Any:  # noqa: ANN401
    """What stands under a key of a mapping, or at the number of a list; null where nothing does."""
    if isinstance(node, list):
        return node[int(key)] if key.isdigit() and int(key) < len(node) else None
    return node.get(key) if isinstance(node, dict) else None


def line_of(tree: CommentedMap, place: Place) -> int:
    """Of the deepest part of the place that is there, from 1."""
    node: Any = tree
    line = 1
    for key in place:
        if isinstance(node, list) and key.isdigit() and int(key) < len(node):
            line = node.lc.item(int(key))[0] + 1 if isinstance(node, CommentedBase) else line
            node = node[int(key)]
        elif isinstance(node, CommentedMap) and key in node:
            line = node.lc.key(key)[0] + 1
            node = node[key]
        else:
            break
    return line


def place_of(tree: CommentedMap, said: str, first_faulty: Callable[[Place, Any], str]) -> Place:
    """A path of msgspec's, as `.rules[...].fire`, to its keys.

    Of a mapping it does not say which key: `first_faulty` is asked, with its place and what stands there.
    """
    keys: list[str] = []
    node: Any = tree
    for name, index in _PART.findall(said):
        keys.append(name or (first_faulty(tuple(keys), node) if index == "..." else index))
        node = part(node, keys[-1])
    return tuple(keys)


def near(name: str, known: Sequence[str]) -> str:
    """What may have been meant, or what there is."""
    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean `{close[0]}`?" if close else f"; known are {', '.join(known) or 'none'}"
