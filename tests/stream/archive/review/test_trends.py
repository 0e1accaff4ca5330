"""What began within each hour, and how it went, out of the archive."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tonewatch.stream.archive.review.filters import Reach
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.archive.review.trends import HOUR_MS, Trends, Wanted
from tonewatch.stream.archive.store import Archive, Kept, connect
from tonewatch.stream.codec import decode_alert
from tonewatch.stream.messages import Acted, Alert, CallAttributes, CallOpened, Verdict

PATTERN = decode_alert((Path(__file__).parents[2] / "golden" / "alert.json").read_bytes())
BEGAN_AT_MS = 500_000 * HOUR_MS


class Shelf:
    """An archive that is filled call by call."""

    def __init__(self, url: str) -> None:
        self.archive = Archive(connect(url))
        self.reader = ReviewReader(connect(url))

    def put(self, message: Kept) -> None:
        self.archive.write(message, msgspec.json.encode(message).decode(), 1)

    def call(self, name: str, hour: int, queue: str = "billing", team: str = "north") -> None:
        about = CallAttributes(started_at_ms=BEGAN_AT_MS + hour * HOUR_MS + 60_000, queue=queue, team=team)
        self.put(CallOpened(call_id=name, notice_given=True, call=about))

    def alert(self, name: str, *, acknowledged_s: float | None = None, queue: str = "billing", hour: int = 0) -> str:
        """Fired 30 s after the beginning of its call."""
        began_at_ms = BEGAN_AT_MS + hour * HOUR_MS + 60_000
        acted: tuple[Acted, ...] = ()
        if acknowledged_s is not None:
            at_ms = began_at_ms + 30_000 + round(1000 * acknowledged_s)
            acted = (Acted(action="acknowledge", by="Ada", acted_at_ms=at_ms, action_id="1"),)
        alert: Alert = msgspec.structs.replace(
            PATTERN, call_id=name, alert_id=f"{name}/anger/1", queue=queue, fired_ms=30_000, acted=acted
        )
        self.put(alert)
        return alert.alert_id

    def judge(self, alert_id: str, verdict: Any, by: str = "Grace", judged_at_ms: int = 1) -> None:
        call_id = alert_id.partition("/")[0]
        self.put(
            Verdict(
                verdict_id=f"{by}-{alert_id}",
                call_id=call_id,
                alert_id=alert_id,
                verdict=verdict,
                by=by,
                judged_at_ms=judged_at_ms,
            )
        )

    def trends(self, hours: int = 3, **wanted: Any) -> Trends:
        return self.reader.trends(Wanted(BEGAN_AT_MS, hours, **wanted))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    found = Shelf(f"sqlite:///{tmp_path / 'archive.db'}")
    yield found
    found.reader.close()
    found.archive.close()


def test_every_hour_has_its_calls_and_alerts_and_an_empty_one_stands_there_too(shelf: Shelf) -> None:
    for name, hour in (("a", 0), ("b", 0), ("c", 2), ("late", 3), ("early", -1)):
        shelf.call(name, hour)
    shelf.alert("a", acknowledged_s=10)
    shelf.alert("b", acknowledged_s=40)
    shelf.alert("c", hour=2)
    hours = shelf.trends().hours
    assert [(row.hour_at_ms - BEGAN_AT_MS) // HOUR_MS for row in hours] == [0, 1, 2]
    assert [(row.calls, row.alerts, row.acknowledged, row.acknowledge_s) for row in hours] == [
        (2, 2, 2, 25.0),
        (0, 0, 0, None),
        (1, 1, 0, None),
    ]


def test_queues_and_teams_are_told_apart_and_can_be_asked_for(shelf: Shelf) -> None:
    shelf.call("a", 0)
    shelf.call("b", 1, queue="orders", team="south")
    shelf.alert("b", queue="orders", hour=1)
    found = shelf.trends()
    assert [(row.queue, row.calls, row.alerts) for row in found.queues] == [("orders", 1, 1), ("billing", 1, 0)]
    assert [(row.team, row.calls, row.alerts) for row in found.teams] == [("south", 1, 1), ("north", 1, 0)]
    assert [row.calls for row in shelf.trends(queue="billing").hours] == [1, 0, 0]
    assert [row.alerts for row in shelf.trends(team="north").hours] == [0, 0, 0]


def test_nothing_is_counted_of_a_call_that_who_asks_may_not_see(shelf: Shelf) -> None:
    shelf.call("a", 0)
    shelf.call("b", 0, queue="orders")
    shelf.alert("b", queue="orders")
    mine = shelf.trends(reach=Reach(queues=frozenset({"billing"})))
    assert [(row.queue, row.calls, row.alerts) for row in mine.queues] == [("billing", 1, 0)]
    assert mine.hours[0].alerts == 0
    assert shelf.trends(queue="orders", reach=Reach(queues=frozenset({"billing"}))).queues == ()


def test_precision_counts_what_most_judges_say(shelf: Shelf) -> None:
    for name, verdict in (("a", "right"), ("b", "wrong"), ("c", "not_actionable"), ("d", "right"), ("e", "")):
        shelf.call(name, 0)
        alert_id = shelf.alert(name)
        if verdict:
            shelf.judge(alert_id, verdict)
    shelf.judge("d/anger/1", "wrong", by="Bob")  # disputed: counts nowhere
    (row,) = shelf.trends().queues
    assert (row.right, row.judged) == (1, 3)
    assert row.low is not None and row.high is not None
    assert 0 < row.low < 1 / 3 < row.high < 1


def test_a_verdict_counts_once_nobody_new_may_judge_its_moment(shelf: Shelf) -> None:
    """Else whoever has not judged it yet would read here what others said."""
    shelf.call("a", 0)
    shelf.judge(shelf.alert("a"), "right", judged_at_ms=time.time_ns() // 1_000_000)
    assert [row.judged for row in shelf.trends().hours] == [0, 0, 0]
