"""May a message change like this? What was written before must be read, and who read before must go on reading.

So nothing is removed, re-typed or narrowed, and what is added has a default; words may be added to a list of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from tonewatch.stream.messages.schema import Schema

_LEAST: Final = ("minimum", "minLength", "minItems")
_MOST: Final = ("maximum", "maxLength", "maxItems")


def breaks(old: Schema, new: Schema) -> list[str]:
    """What in a topic's new schema breaks who knows the old one, a sentence each; empty where nothing does."""
    # As JSON: what was just made from the types holds tuples where a file has lists.
    old, new = (msgspec.json.decode(msgspec.json.encode(each), type=Schema) for each in (old, new))
    before, now = old["$defs"], new["$defs"]
    found = [f"{name} is gone" for name in before if name not in now]
    found += _narrowed("the record", _record(old), _record(new))
    for name in before.keys() & now.keys():
        found += _struct(name, before[name], now[name])
    return sorted(found)


def _record(schema: Schema) -> Schema:
    """What a record may be: one of some messages, or one message."""
    return {"anyOf": schema["anyOf"]} if "anyOf" in schema else {"$ref": schema["$ref"]}


def _struct(name: str, old: Schema, new: Schema) -> Iterator[str]:
    before, now = old["properties"], new["properties"]
    for field in before.keys() - now.keys():
        yield f"{name}.{field} is gone"
    for field in now.keys() - before.keys():
        if field in new["required"]:
            yield f"{name}.{field} is new and has no default"
    for field in before.keys() & now.keys():
        yield from _narrowed(f"{name}.{field}", before[field], now[field])
        if field in new["required"] and field not in old["required"]:
            yield f"{name}.{field} has no default any more"
        elif "$ref" not in now[field] and _defaults_differ(before[field], now[field]):
            yield f"{name}.{field} has another default"


def _defaults_differ(old: Schema, new: Schema) -> bool:
    """A record that lacks the field would mean something else. The default of a part is told of in the part."""
    return "default" in old and old["default"] != new.get("default")


def _narrowed(where: str, old: Schema, new: Schema) -> list[str]:
    """Does the new type refuse what the old one took?"""
    options = _options(new)
    return [
        f"{where} is no longer {_text(option)}"
        for option in _options(old)
        if not any(_takes(one, option) for one in options)
    ]


def _options(kind: Schema) -> list[Schema]:
    """The types that are allowed, each word of a list of words by itself."""
    if "anyOf" in kind:
        return [option for each in kind["anyOf"] for option in _options(each)]
    return [{"const": value} for value in kind["enum"]] if "enum" in kind else [kind]


def _takes(new: Schema, old: Schema) -> bool:
    if "const" in old:
        # Words that become any text are read as before.
        return new == old or (isinstance(old["const"], str) and new.get("type") == "string")
    if "$ref" in old or "$ref" in new:
        return old.get("$ref") == new.get("$ref")
    same = old.get("type") == new.get("type") or (old.get("type"), new.get("type")) == ("integer", "number")
    if not same or old.get("contentEncoding") != new.get("contentEncoding"):
        return False
    if any(new[bound] > old.get(bound, float("-inf")) for bound in _LEAST if bound in new):
        return False
    if any(new[bound] < old.get(bound, float("inf")) for bound in _MOST if bound in new):
        return False
    return old.get("type") != "array" or not _narrowed("", old.get("items") or {}, new.get("items") or {})


def _text(option: Schema) -> str:
    if "const" in option:
        return f'"{option["const"]}"'
    if "$ref" in option:
        return str(option["$ref"]).rpartition("/")[2]
    bounds = " ".join(f"{bound} {option[bound]}" for bound in (*_LEAST, *_MOST) if bound in option)
    return f"{option.get('type', 'any')}{f' ({bounds})' if bounds else ''}"
