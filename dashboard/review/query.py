"""The query of an address as a filter of moments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from tonewatch.stream.archive.review.filters import LATEST_MS, Filter, Reach
from tonewatch.stream.archive.review.views import ReviewedBy
from tonewatch.stream.errors import DataError

Time = Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)]


class MomentQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which moments are wanted: all that is given must hold.

    `from_ms` and `until_ms` are wall clock of the onset. `unreviewed`: by `me` or by `anybody`. `q`: words that the
    caller said, or their beginnings. `cursor` is the page before's
    `next`.
    """

    from_ms: Time | None = None
    until_ms: Time | None = None
    queue: str = ""
    team: str = ""
    agent: str = ""
    rule: str = ""
    severity: str = ""
    call: str = ""
    unreviewed: ReviewedBy = ""
    q: str = ""
    cursor: str = ""
    limit: int = 50


def read(query: Mapping[str, str]) -> MomentQuery:
    """
    Raises:
        DataError: a value that does not fit; parameters that are not known are left alone.
    """
    given = {name: value for name, value in query.items() if value != ""}
    try:
        return msgspec.convert(given, MomentQuery, strict=False)
    except msgspec.ValidationError as error:
        raise DataError(f"The address asks for something that is not there: {error}.") from error


def filter_of(query: MomentQuery, person: str, reach: Reach) -> Filter:
    """Who asks is `person`, who sees the calls within `reach`."""
    names = [name for name in Filter.__dataclass_fields__ if name not in ("person", "reach")]
    return Filter(**{name: getattr(query, name) for name in names}, person=person, reach=reach)
