"""Trends for the page of that name: the archive's numbers by hour, queue and team, for whoever looks at the board.

They come from the archive and not from counters in Redis: Redis is a cache that may be lost, and counters would have
to be kept for each scope that somebody may be confined to.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tonewatch.dashboard.review import answers
from tonewatch.dashboard.signin.sign_in import person_of
from tonewatch.stream.archive.review.filters import Reach
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.archive.review.trends import HOUR_MS, LONGEST_HOURS, Wanted
from tonewatch.stream.errors import DataError, StoreError

_log = logging.getLogger(__name__)


class TrendQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The last `hours`, the one that has begun among them, of a queue and a team or of all."""

    hours: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_HOURS)] = 24
    queue: str = ""
    team: str = ""


class TrendsThere(msgspec.Struct, frozen=True, kw_only=True):
    """Has the board an archive?"""

    trends: bool


class TrendRoutes:
    """Serves `/api/trends` and `/api/trends/there`. `now_ms` is the wall clock."""

    def __init__(self, reader: ReviewReader | None, now_ms: Callable[[], int]) -> None:
        self._reader = reader
        self._now_ms = now_ms

    def routes(self) -> list[BaseRoute]:
        return [Route("/api/trends/there", self.there), Route("/api/trends", self.trends)]

    async def there(self, request: Request) -> Response:
        """Is there an archive to ask?"""
        return answers.json(request, TrendsThere(trends=self._reader is not None))

    async def trends(self, request: Request) -> Response:
        """Of the calls that who asks sees; 404 without an archive, 503 while it cannot be read."""
        if self._reader is None:
            return answers.refused("This board has no archive: set TONEWATCH_DASHBOARD_REVIEW=1.", 404)
        scope = person_of(request).scope
        try:
            asked = _read(request.query_params)
            wanted = Wanted(
                from_ms=(self._now_ms() // HOUR_MS + 1 - asked.hours) * HOUR_MS,
                hours=asked.hours,
                queue=asked.queue,
                team=asked.team,
                reach=Reach(scope.queues, scope.teams),
            )
            return answers.json(request, await asyncio.to_thread(self._reader.trends, wanted))
        except DataError as error:
            return answers.refused(str(error), 400)
        except StoreError as error:
            _log.warning("Trends cannot be read.", extra={"error": str(error)})
            return answers.refused("The archive cannot be read now: see the server's log.", 503)


def _read(query: Mapping[str, str]) -> TrendQuery:
    try:
        return msgspec.convert(dict(query), TrendQuery, strict=False)
    except msgspec.ValidationError as error:
        raise DataError(f"The address asks for something that is not there: {error}.") from error
