"""Trends over HTTP: who sees what of them, and what is asked wrongly."""

from __future__ import annotations

from pathlib import Path

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from tonewatch.dashboard.signin.person import Person, Scope
from tonewatch.dashboard.trends import TrendRoutes
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.messages import CallAttributes, CallOpened

from .vouching import Vouched

HOUR_MS = 3_600_000
NOW_MS = 500_000 * HOUR_MS + 5


def asking(person: Person, reader: ReviewReader | None) -> httpx.AsyncClient:
    app = Starlette(routes=TrendRoutes(reader, lambda: NOW_MS).routes())
    return httpx.AsyncClient(transport=httpx.ASGITransport(Vouched(app, person)), base_url="http://board")


@pytest.fixture
def reader(tmp_path: Path) -> ReviewReader:
    url = f"sqlite:///{tmp_path / 'archive.db'}"
    archive = Archive(connect(url))
    for name, queue in (("a", "billing"), ("b", "orders")):
        opened = CallOpened(call_id=name, notice_given=True, call=CallAttributes(started_at_ms=NOW_MS - 1, queue=queue))
        archive.write(opened, msgspec.json.encode(opened).decode(), 1)
    archive.close()
    return ReviewReader(connect(url))


async def test_who_is_confined_sees_trends_of_these_queues_alone(reader: ReviewReader) -> None:
    bound = Person("Ada", "supervisor", Scope(frozenset({"billing"})))
    for person, queues in ((bound, {"billing"}), (Person("Bob", "supervisor"), {"billing", "orders"})):
        async with asking(person, reader) as http:
            found = (await http.get("/api/trends?hours=2")).json()
        assert {row["queue"] for row in found["queues"]} == queues
        assert [row["calls"] for row in found["hours"]] == [0, len(queues)]
    assert found["until_ms"] == 500_001 * HOUR_MS


async def test_without_an_archive_there_are_none_and_a_wrong_question_is_told(reader: ReviewReader) -> None:
    async with asking(Person("Ada", "supervisor"), None) as http:
        assert (await http.get("/api/trends/there")).json() == {"trends": False}
        assert (await http.get("/api/trends")).status_code == 404
    async with asking(Person("Ada", "supervisor"), reader) as http:
        assert (await http.get("/api/trends/there")).json() == {"trends": True}
        for hours in ("0", "100000", "x"):
            assert (await http.get(f"/api/trends?hours={hours}")).status_code == 400


async def test_an_archive_that_cannot_be_read_names_no_address(tmp_path: Path) -> None:
    async with asking(
        Person("Ada", "supervisor"), ReviewReader(connect(f"sqlite:///{tmp_path / 'no' / 'a.db'}"))
    ) as http:
        answer = await http.get("/api/trends")
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text
