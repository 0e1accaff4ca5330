"""What made an alert, so that an auditor can find it again: the code, the rules, the settings, the heads.

Each is twelve hex digits of a SHA-256: over the sources themselves, because a version names what was meant to run.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from tonewatch.stream.messages import Provenance
from tonewatch.stream.service.metrics import release
from tonewatch.stream.tone.config import ToneConfig

DIGITS: Final = 12
ROOM: Final = Path(__file__).parent

_OWN: Final = ("relative", "manners", "rules")
"""Of ToneConfig; they have hashes of their own."""


def provenance_of(config: ToneConfig) -> Provenance:
    """Of what is judged under this configuration, by this code."""
    return Provenance(
        release=release(),
        code=code_digest(ROOM),
        rules=rules_digest(config),
        settings=settings_digest(config),
        head=config.relative.version if config.relative is not None else "",
        manners=", ".join(f"{name} {model.version}" for name, model in sorted(config.manners.items()))[:80],
    )


@cache
def code_digest(room: Path) -> str:
    """Over every Python source of a room, by its path and bytes, in the order of the paths."""
    digest = hashlib.sha256()
    for file in sorted(room.rglob("*.py")):
        digest.update(file.relative_to(room).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:DIGITS]


def rules_digest(config: ToneConfig) -> str:
    """Over what the file of rules said, as it was understood; the built-in rules alone have a digest too."""
    return hashlib.sha256(msgspec.json.encode(config.rules, order="deterministic")).hexdigest()[:DIGITS]


def settings_digest(config: ToneConfig) -> str:
    """Over every number that the core is set to."""
    said = {field.name: repr(getattr(config, field.name)) for field in fields(config) if field.name not in _OWN}
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()[:DIGITS]
