"""What is wrong in a file of routes, in words for whoever wrote it: what is allowed there, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from tonewatch.stream.notify.routes import RoutesFile
from tonewatch.stream.yaml_tree import Place

SECRETS = frozenset({"secret", "secrets", "slack_signing_secret", "token", "webhook", "routing_key", "password"})
TIMES = frozenset({"begin", "until"})

_SCHEMAS = msgspec.json.schema_components([RoutesFile])[1]
_NOT_KNOWN = re.compile(r"^Invalid (?:enum )?value ")


def worded(place: Place, what: str, value: Any) -> str:  # noqa: ANN401
    """`what` as msgspec says it of the `value` at `place`, with what to write instead where that is known."""
    keys = [key for key in place if not key.isdigit()]
    name = keys[-1] if keys else ""
    if _NOT_KNOWN.search(what) and (allowed := _allowed(keys)):
        return f"{what.replace('enum ', '')}; write one of {', '.join(allowed)}"
    if name in SECRETS and isinstance(value, str):
        return "a secret does not stand in this file: write {file: /path} or {env: VARIABLE}, where it is"
    if name in TIMES:
        return "a time of day is written as '07:30', from '00:00' to '23:59'"
    if what.startswith("Expected `array`, got"):
        inside = str(value) if isinstance(value, str) else "{…}" if isinstance(value, dict) else "…"
        return f"a list is wanted: write [{inside}]"
    return what


def _allowed(keys: list[str]) -> list[str]:
    """The words that may stand there; of a mapping's values those of the mapping."""
    return sorted(
        {*_words(keys[-1])} or {word for key in keys[-2:-1] for word in _words(key, of="additionalProperties")}
    )


def _words(name: str, of: str = "") -> Iterator[str]:
    for schema in _SCHEMAS.values():
        found = schema.get("properties", {}).get(name, {})
        found = found.get(of, {}) if of else found.get("items", found)
        yield from (str(word) for word in found.get("enum", ()))
