"""The paths of the JSON API, each with what it takes and answers: what is served, and what the OpenAPI page says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tonewatch.dashboard.review import answers
from tonewatch.dashboard.review.desk import Desk, told
from tonewatch.dashboard.review.query import MomentQuery
from tonewatch.dashboard.review.verdicts import VerdictRequest
from tonewatch.stream.archive.review.views import (
    AlertDetail,
    CallDetail,
    CallPage,
    Choices,
    MomentPage,
    PrecisionReport,
)
from tonewatch.stream.errors import TonewatchError
from tonewatch.stream.messages import Verdict

Handler = Callable[[Request], Awaitable[Response]]


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """Is there a review desk, for who asks?"""

    desk: bool


@dataclass(frozen=True)
class Operation:
    """One path and method. `answer` is a type for JSON, else the media type of a file; `query` a type of its fields."""

    path: str
    about: str
    answer: Any
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    method: Literal["GET", "POST"] = "GET"
    status: int = 200


ABOUT = Operation("/api/review", "Is there a review desk?", Present)
MOMENTS = Operation("/api/review/moments", "Fired alerts, newest first.", MomentPage, MomentQuery)
CHOICES = Operation("/api/review/choices", "What there is to filter by.", Choices)
ALERT = Operation("/api/review/alerts/{alert_id}", "All that is known of one alert.", AlertDetail)
AUDIO = Operation("/api/alerts/{alert_id}/audio", "Its sound, 16-bit PCM; ranges may be asked for.", "audio/wav")
CALLS = Operation(
    "/api/review/calls", "Calls of the random sample in which no alert fired, newest first.", CallPage, MomentQuery
)
CALL = Operation("/api/review/calls/{call_id}", "All that was kept of one call.", CallDetail)
CALL_AUDIO = Operation("/api/review/sound/{call_id}", "The sound of a call, as far as it was kept.", "audio/wav")
PRECISION = Operation("/api/review/precision", "How often the rules were right.", PrecisionReport, MomentQuery)
EXPORT = Operation("/api/review/export.csv", "Every verdict, a line each.", "text/csv", MomentQuery)
PARQUET = Operation("/api/review/export.parquet", "The same as Parquet.", "application/vnd.apache.parquet", MomentQuery)
MANIFEST = Operation(
    "/api/review/manifest.csv", "The judged clips, for `tonewatch evaluate` and `train`.", "text/csv", MomentQuery
)
JUDGE = Operation("/api/review/verdicts", "Judge a moment.", Verdict, body=VerdictRequest, method="POST", status=202)

DESK = (ABOUT, MOMENTS, CHOICES, ALERT, AUDIO, CALLS, CALL, CALL_AUDIO, PRECISION, EXPORT, PARQUET, MANIFEST, JUDGE)


def desk_routes(desk: Desk) -> list[Route]:
    """Every operation of the desk. Ids may hold slashes."""
    handlers: dict[Operation, Handler] = {
        ABOUT: desk.about,
        MOMENTS: desk.moments,
        CHOICES: desk.choices,
        ALERT: desk.alert,
        AUDIO: desk.audio,
        CALLS: desk.calls,
        CALL: desk.call,
        CALL_AUDIO: desk.call_audio,
        PRECISION: desk.precision,
        EXPORT: desk.export,
        PARQUET: desk.parquet,
        MANIFEST: desk.manifest,
        JUDGE: desk.judge,
    }
    return [Route(one.path.replace("}", ":path}"), _telling(handlers[one]), methods=[one.method]) for one in DESK]


async def no_desk(request: Request) -> Response:
    """What `ABOUT` answers where there is no desk: the board then shows no way to it."""
    return answers.json(request, Present(desk=False))


def _telling(handler: Handler) -> Handler:
    """Our own errors are answers; everything else is the server's to log."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except TonewatchError as error:
            return told(error)

    return answer
