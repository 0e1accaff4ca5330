"""Fields that were renamed: what an older release wrote under the former name is read, and never written again."""

from __future__ import annotations

import msgspec

Renamed = msgspec.UnsetType
"""Type of a field that only reads a former name; it is never set behind `__post_init__`, so it is never written."""


def read_former_names(record: msgspec.Struct, **names: str) -> None:
    """For `__post_init__`: what stands under a former name (key) is taken over under the present one (value)."""
    for former, present in names.items():
        value = getattr(record, former)
        if value is not msgspec.UNSET:
            msgspec.structs.force_setattr(record, present, value)
            msgspec.structs.force_setattr(record, former, msgspec.UNSET)
