"""The review desk's routes: the archive read in threads, verdicts written to Kafka."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from tonewatch.dashboard.review import answers, query, verdicts
from tonewatch.dashboard.review.export import manifest_csv, verdicts_csv
from tonewatch.dashboard.review.people import NobodySignedIn, Person
from tonewatch.dashboard.review.verdicts import LARGEST, Verdicts
from tonewatch.dashboard.sockets import is_same_host
from tonewatch.stream.archive.review.filters import Cursor
from tonewatch.stream.archive.review.playback import Piece, play
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.errors import BrokerError, DataError, StoreError

SOUNDS_HELD = 8
"""A player asks for a sound in many parts."""


@dataclass
class Desk:
    """Serves everything under `/api/review` and `/api/alerts`. `person` says who asks, `folder` holds the audio."""

    reader: ReviewReader
    folder: Path
    writer: Verdicts
    person: Person
    now_ms: Callable[[], int]
    _sounds: OrderedDict[tuple[Piece, ...], bytes] = field(default_factory=OrderedDict)

    async def about(self, request: Request) -> Response:
        """There is a desk; who asks, where somebody is signed in."""
        return answers.json(request, {"desk": True, "signed_in": self.person.signed_in(request)})

    async def moments(self, request: Request) -> Response:
        wanted = query.read(request.query_params)
        after = Cursor.read(wanted.cursor) if wanted.cursor else None
        person = self.person.asking(request)
        page = await asyncio.to_thread(self.reader.moments, query.filter_of(wanted, person), after, wanted.limit)
        return answers.json(request, page)

    async def choices(self, request: Request) -> Response:
        return answers.json(request, await asyncio.to_thread(self.reader.choices))

    async def alert(self, request: Request) -> Response:
        alert_id: str = request.path_params["alert_id"]
        detail = await asyncio.to_thread(self.reader.alert, alert_id, self.person.asking(request))
        return answers.json(request, detail) if detail else answers.refused("The archive has no such alert.", 404)

    async def audio(self, request: Request) -> Response:
        rows = await asyncio.to_thread(self.reader.audio, request.path_params["alert_id"])
        pieces = tuple(Piece(part.start_ms, self._inside(path)) for part, path in rows if path)
        if not pieces:
            return answers.refused("No audio of this alert was kept.", 404)
        return answers.file(request, await self._sound(pieces), "audio/wav")

    async def precision(self, request: Request) -> Response:
        wanted = query.filter_of(query.read(request.query_params), self.person.asking(request))
        return answers.json(request, await asyncio.to_thread(self.reader.precision, wanted))

    async def export(self, request: Request) -> Response:
        wanted = query.filter_of(query.read(request.query_params), self.person.asking(request))
        text = verdicts_csv(await asyncio.to_thread(self.reader.judged, wanted))
        return answers.file(request, text.encode(), "text/csv", "verdicts.csv")

    async def manifest(self, request: Request) -> Response:
        wanted = query.filter_of(query.read(request.query_params), self.person.asking(request))
        judged = await asyncio.to_thread(self.reader.judged, wanted)
        clips, emotions, texts = await asyncio.to_thread(self.reader.clips, [moment.alert_id for moment, _ in judged])
        text = manifest_csv(judged, clips, emotions, texts)
        return answers.file(request, text.encode(), "text/csv", "manifest.csv")

    async def judge(self, request: Request) -> Response:
        """202 with the record: it is durable, and the archive takes it from Kafka a moment later."""
        if not is_same_host(request.headers.get("origin"), request.headers.get("host")):
            return answers.refused("Verdicts are taken from this board's own page.", 403)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return answers.refused("A verdict is JSON (application/json).", 415)
        asked = verdicts.read(await _body(request))
        person = self.person.judging(request, asked.by)
        detail = await asyncio.to_thread(self.reader.alert, asked.alert_id, person) if asked.alert_id else None
        is_known = detail is not None or (
            not asked.alert_id and await asyncio.to_thread(self.reader.has_call, asked.call_id)
        )
        if not is_known:
            return answers.refused("The archive has no such alert or call.", 404)
        verdict = verdicts.verdict_on(asked, detail, person=person, now_at_ms=self.now_ms())
        await self.writer.write(verdict)
        return answers.json(request, verdict, 202)

    def aclose(self) -> None:
        self.reader.close()

    def _inside(self, path: str) -> Path:
        """
        Raises:
            DataError: a row names a file outside the folder.
        """
        found = (self.folder / path).resolve()
        if not found.is_relative_to(self.folder.resolve()):
            raise DataError("The archive names a file outside its folder: see TONEWATCH_STORE.")
        return found

    async def _sound(self, pieces: tuple[Piece, ...]) -> bytes:
        if (held := self._sounds.get(pieces)) is None:
            held = await asyncio.to_thread(play, pieces)
        self._sounds[pieces] = held
        self._sounds.move_to_end(pieces)
        while len(self._sounds) > SOUNDS_HELD:
            self._sounds.popitem(last=False)
        return held


async def _body(request: Request) -> bytes:
    """
    Raises:
        DataError: it is larger than any verdict.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise DataError(f"A verdict has at most {LARGEST} bytes.")
    return body


def told(error: Exception) -> Response:
    """What became of a request that failed by one of our own errors."""
    match error:
        case NobodySignedIn():
            return answers.refused(str(error), 401)
        case DataError():
            return answers.refused(str(error), 400)
        case StoreError() | BrokerError():
            return answers.refused(str(error), 503)
    raise error
