"""A record of the audit as its reader takes it: an odd field is shortened, and the record says so, rather than lost.

What is written and cannot be read back is a fault of its chain for as long as the topic keeps it; so nothing that
anybody types, however long, may become such a record.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec
from msgspec.inspect import DictType, IntType, StrType, StructType, Type, type_info

from tonewatch.stream.codec import decode_access, encode
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.messages import Access
from tonewatch.stream.messages.bounds import CALL_ID_BYTES

SHORTENED: Final = "shortened"
"""Key of `Access.about` under which the fields stand that are not as they were told, by commas."""

_HASH_CHARACTERS: Final = 16


def _kinds() -> dict[str, Type]:
    info = type_info(Access)
    assert isinstance(info, StructType)
    return {field.name: field.type for field in info.fields}


_KINDS: Final = _kinds()


def fitting(access: Access) -> Access:
    """The same where `decode_access` reads it back. Else with each odd text as its beginning and a hash of the whole,
    each odd number at its bound, and the names of these fields in `about`."""
    if _is_read_back(access):
        return access
    told = {name: getattr(access, name) for name in _KINDS}
    fitted = {name: _fitted(name, told[name], kind) for name, kind in _KINDS.items()}
    about = fitted["about"] = _about(access.about, _KINDS["about"])
    odd = [name for name in _KINDS if fitted[name] != told[name]]
    about[SHORTENED] = ", ".join(odd)
    return msgspec.structs.replace(access, **fitted)


def _is_read_back(access: Access) -> bool:
    try:
        return decode_access(encode(access)) == access
    except (BadRecord, UnicodeEncodeError, OverflowError):
        return False


def _fitted(name: str, value: object, kind: Type) -> object:
    if isinstance(kind, StrType) and isinstance(value, str):
        return _text(value, kind, most_bytes=CALL_ID_BYTES if name == "call_id" else None)
    if isinstance(kind, IntType) and isinstance(value, int):
        above = value if kind.ge is None else max(value, kind.ge)
        return above if kind.le is None else min(above, kind.le)
    return value


def _about(about: dict[str, str], kind: Type) -> dict[str, str]:
    """With room for one entry more."""
    assert isinstance(kind, DictType)
    kept = list(about.items())[: (kind.max_length or len(about) + 1) - 1]
    return {_text(key, kind.key_type): _text(value, kind.value_type) for key, value in kept}


def _text(text: str, kind: Type, most_bytes: int | None = None) -> str:
    """Within the bounds of `kind` in characters, and in bytes of UTF-8 where those are bound too."""
    assert isinstance(kind, StrType)
    sound = text.encode("utf-8", "replace").decode()  # half of a surrogate pair is no text
    most = len(sound) if kind.max_length is None else kind.max_length
    if len(sound) <= most and (most_bytes is None or len(sound.encode()) <= most_bytes):
        return sound or "?" * (kind.min_length or 0)
    mark = "~" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_CHARACTERS]
    cut = sound[: most - len(mark)]
    if most_bytes is not None:
        cut = cut.encode()[: most_bytes - len(mark)].decode(errors="ignore")
    return cut + mark
