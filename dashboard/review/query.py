"""The query of an address as a filter of moments."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tonewatch.stream.archive.review.filters import Filter, MomentsWanted, Reach
from tonewatch.stream.errors import DataError


class MomentQuery(MomentsWanted, frozen=True, kw_only=True):
    """Which moments are wanted, and which page of them: `cursor` is the page before's `next`."""

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
    wanted = {name: getattr(query, name) for name in MomentsWanted.__struct_fields__}
    return Filter(**wanted, person=person, reach=reach)
