"""The review desk's routes: the archive read in threads, verdicts written to Kafka."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from tonewatch.dashboard.review import answers, query, verdicts
from tonewatch.dashboard.review.export import manifest_csv, verdicts_csv
from tonewatch.dashboard.review.parquet import verdicts_parquet
from tonewatch.dashboard.review.people import NotARater, rater, reach, tell
from tonewatch.dashboard.review.sounds import Sounds
from tonewatch.dashboard.review.table import Judged, JudgedCalls
from tonewatch.dashboard.review.verdicts import LARGEST, Verdicts
from tonewatch.dashboard.signin.sign_in import person_of
from tonewatch.stream.archive.review.filters import Cursor, Filter
from tonewatch.stream.archive.review.playback import Piece
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.archive.review.views import KeptAudio
from tonewatch.stream.errors import BrokerError, DataError, DependencyError, StoreError

PARQUET = "application/vnd.apache.parquet"

HEARD_MS = 10 * 60_000
"""So long after a person was told to listen, further parts of that sound are the same listening."""

HEARD_HELD = 1_000
"""Of these that are known at once; what is forgotten is told again."""


@dataclass
class Desk:
    """Serves everything under `/api/review` and `/api/alerts`."""

    reader: ReviewReader
    sounds: Sounds
    writer: Verdicts
    now_ms: Callable[[], int]
    _heard: OrderedDict[tuple[str, str], int] = field(default_factory=OrderedDict)

    async def about(self, request: Request) -> Response:
        """There is a desk, for who may review."""
        return answers.json(request, {"desk": person_of(request).may("review")})

    async def moments(self, request: Request) -> Response:
        person, wanted = rater(request), query.read(request.query_params)
        after = Cursor.read(wanted.cursor) if wanted.cursor else None
        found = query.filter_of(wanted, person.name, reach(person))
        return answers.json(request, await asyncio.to_thread(self.reader.moments, found, after, wanted.limit))

    async def choices(self, request: Request) -> Response:
        return answers.json(request, await asyncio.to_thread(self.reader.choices, reach(rater(request))))

    async def alert(self, request: Request) -> Response:
        person, alert_id = rater(request), request.path_params["alert_id"]
        detail = await asyncio.to_thread(self.reader.alert, alert_id, person.name, reach(person))
        if detail is None:
            return answers.refused("The archive has no such alert.", 404)
        tell(request, "looked", detail.alert.call_id, alert_id, "review")
        return answers.json(request, detail)

    async def audio(self, request: Request) -> Response:
        person, alert_id = rater(request), request.path_params["alert_id"]
        rows = await asyncio.to_thread(self.reader.audio, alert_id, reach(person))
        return await self._play(request, rows, alert_id=alert_id)

    async def calls(self, request: Request) -> Response:
        """The quiet ones of the sample."""
        person, wanted = rater(request), query.read(request.query_params)
        after = Cursor.read(wanted.cursor) if wanted.cursor else None
        found = query.filter_of(wanted, person.name, reach(person))
        return answers.json(request, await asyncio.to_thread(self.reader.calls.quiet, found, after, wanted.limit))

    async def call(self, request: Request) -> Response:
        person, call_id = rater(request), request.path_params["call_id"]
        detail = await asyncio.to_thread(self.reader.calls.call, call_id, person.name, reach(person))
        if detail is None:
            return answers.refused("The archive has no such call.", 404)
        tell(request, "looked", call_id, detail="review")
        return answers.json(request, detail)

    async def call_audio(self, request: Request) -> Response:
        person, call_id = rater(request), request.path_params["call_id"]
        rows = await asyncio.to_thread(self.reader.calls.audio, call_id, reach(person))
        return await self._play(request, rows, call_id=call_id)

    async def _play(
        self, request: Request, rows: list[tuple[KeptAudio, str | None]], *, call_id: str = "", alert_id: str = ""
    ) -> Response:
        pieces = tuple(Piece(part.start_ms, path, part.role) for part, path in rows if path)
        if not pieces:
            return answers.refused("No audio of this was kept.", 404)
        if self._begins_to_hear(rater(request).name, alert_id or call_id):
            tell(request, "listened", call_id, alert_id)
        return answers.file(request, await self.sounds.of(pieces), "audio/wav")

    async def precision(self, request: Request) -> Response:
        return answers.json(request, await asyncio.to_thread(self.reader.precision, self._wanted(request)))

    async def export(self, request: Request) -> Response:
        text = verdicts_csv(*await self._all_judged(request))
        tell(request, "exported", detail="verdicts.csv")
        return answers.file(request, text.encode(), "text/csv", "verdicts.csv")

    async def parquet(self, request: Request) -> Response:
        made = await asyncio.to_thread(verdicts_parquet, *await self._all_judged(request))
        tell(request, "exported", detail="verdicts.parquet")
        return answers.file(request, made, PARQUET, "verdicts.parquet")

    async def _all_judged(self, request: Request) -> tuple[Judged, JudgedCalls]:
        wanted = self._wanted(request)
        moments = await asyncio.to_thread(self.reader.judged, wanted)
        return moments, await asyncio.to_thread(self.reader.calls.judged, wanted)

    async def manifest(self, request: Request) -> Response:
        judged = await asyncio.to_thread(self.reader.judged, self._wanted(request))
        clips, emotions, texts = await asyncio.to_thread(self.reader.clips, [moment.alert_id for moment, _ in judged])
        text = manifest_csv(judged, clips, emotions, texts)
        tell(request, "exported", detail="manifest.csv")
        return answers.file(request, text.encode(), "text/csv", "manifest.csv")

    async def judge(self, request: Request) -> Response:
        """202 with the record: it is durable, and the archive takes it from Kafka a moment later."""
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return answers.refused("A verdict is JSON (application/json).", 415)
        person, asked = rater(request), verdicts.read(await _body(request))
        of_alert, of_call = None, None
        if asked.alert_id:
            of_alert = await asyncio.to_thread(self.reader.alert, asked.alert_id, person.name, reach(person))
        else:
            of_call = await asyncio.to_thread(self.reader.calls.call, asked.call_id, person.name, reach(person))
        found = of_alert or of_call
        if found is None:
            return answers.refused("The archive has no such alert or call.", 404)
        if found.review.closed and not found.review.mine:
            return answers.refused("This was judged long ago, and its verdicts are open: nobody new judges it.", 409)
        verdict = verdicts.verdict_on(asked, of_alert, of_call, person=person.name, now_at_ms=self.now_ms())
        await self.writer.write(verdict)
        tell(request, "reviewed", verdict.call_id, verdict.alert_id, verdict.verdict)
        return answers.json(request, verdict, 202)

    def _wanted(self, request: Request) -> Filter:
        person = rater(request)
        return query.filter_of(query.read(request.query_params), person.name, reach(person))

    def aclose(self) -> None:
        self.reader.close()

    def _begins_to_hear(self, name: str, of: str) -> bool:
        """Whichever part is asked for first: who leaves out the first byte hears the sound too."""
        now_ms, key = self.now_ms(), (name, of)
        began_ms = self._heard.get(key)
        if began_ms is not None and began_ms <= now_ms < began_ms + HEARD_MS:
            return False
        self._heard.pop(key, None)
        self._heard[key] = now_ms
        while len(self._heard) > HEARD_HELD:
            self._heard.popitem(last=False)
        return True


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
        case NotARater():
            return answers.refused(str(error), 403)
        case DataError():
            return answers.refused(str(error), 400)
        case DependencyError():
            return answers.refused(str(error), 501)
        case StoreError() | BrokerError():
            return answers.refused(str(error), 503)
    raise error
