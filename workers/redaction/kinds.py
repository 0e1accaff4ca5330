"""What a span of a transcript is that tells who somebody is."""

from __future__ import annotations

from typing import Final, Literal, get_args

Kind = Literal["card", "phone", "account", "email", "birth", "number"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
