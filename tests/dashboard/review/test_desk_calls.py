"""Whole calls at the desk, and who is told what of them."""

from __future__ import annotations

import io
from typing import Any

import httpx
import msgspec
import pytest
import soundfile

from tonewatch.dashboard.signin.person import Person
from tonewatch.stream.archive.review.judged import DAY_MS
from tonewatch.stream.archive.store import Archive
from tonewatch.stream.messages import CallAttributes, CallClosed, CallOpened

from ..vouching import Vouched
from .conftest import ALERT, AT_MS, JUDGEMENT, VERDICTS, Kept


@pytest.fixture
def quiet(kept: Kept) -> str:
    """The id of a call of the sample that is over, 90 s of it."""
    sampling = Archive(kept.archive._engine, sample=1.0)
    opened = CallOpened(call_id="q/1", notice_given=True, call=CallAttributes(started_at_ms=AT_MS, title="Calm"))
    for message in (opened, CallClosed(call_id="q/1", reason="ended", duration_ms=90_000)):
        sampling.write(message, msgspec.json.encode(message).decode(), 1)
    return "q/1"


def on(call_id: str, verdict: str, **more: Any) -> dict[str, Any]:
    return {"verdict_id": f"{verdict}-{more.get('at_ms', 0)}", "verdict": verdict, "call_id": call_id, **more}


async def test_a_quiet_call_is_listed_opened_and_judged_as_a_whole(
    http: httpx.AsyncClient, kept: Kept, quiet: str
) -> None:
    (listed,) = (await http.get("/api/review/calls")).json()["calls"]
    assert (listed["call_id"], listed["title"], listed["mine"]) == (quiet, "Calm", "")
    assert (await http.post(VERDICTS, json=on(quiet, "right"))).status_code == 202
    assert (await http.get("/api/review/calls")).json()["calls"][0]["mine"] == "right"
    assert (await http.post(VERDICTS, json=on(quiet, "missed", at_ms=30_000))).status_code == 202
    detail = (await http.get(f"/api/review/calls/{quiet}")).json()
    assert (detail["call"]["mine"], detail["review"]["together"]) == ("missed", "missed")
    recall = (await http.get("/api/review/precision")).json()["recall"]
    assert (recall["quiet"], recall["quiet_missed"], recall["missed"]) == (1, 1, 1)


async def test_the_sound_of_a_call_is_all_that_was_kept_of_it(http: httpx.AsyncClient) -> None:
    samples, rate_hz = soundfile.read(io.BytesIO((await http.get("/api/review/sound/c-1")).content))
    assert (len(samples), rate_hz) == (24_000, 8000)
    assert (await http.get("/api/review/sound/c-2")).status_code == 404


@pytest.mark.parametrize(
    ("verdict", "told"), [(on("q/1", "missed", at_ms=90_001), "behind"), (on("q/1", "wrong"), "alert_id")]
)
async def test_what_cannot_be_said_of_a_call_is_refused(
    http: httpx.AsyncClient, kept: Kept, quiet: str, verdict: dict[str, Any], told: str
) -> None:
    answer = await http.post(VERDICTS, json=verdict)
    assert (answer.status_code, kept.written) == (400, [])
    assert told in answer.json()["error"]


async def test_a_second_rater_is_told_of_the_first_one_s_verdict_by_no_path(
    desk: Vouched, http: httpx.AsyncClient, quiet: str
) -> None:
    assert (await http.post(VERDICTS, json={**JUDGEMENT, "verdict": "wrong", "note": "Quarrel"})).status_code == 202
    assert (await http.post(VERDICTS, json=on(quiet, "missed", at_ms=1_000, note="Quarrel"))).status_code == 202
    desk.person = Person("Grace", "qa")
    paths = ["moments", f"alerts/{ALERT.alert_id}", "precision", "export.csv", "manifest.csv"]
    for path in (*paths, "calls", f"calls/{quiet}"):
        text = (await http.get(f"/api/review/{path}")).text
        assert not [word for word in ("Quarrel", '"wrong":1', ",wrong,", ':"wrong"') if word in text], path
    assert (await http.get("/api/review/precision")).json()["hidden"] == 1
    assert (await http.post(VERDICTS, json={**JUDGEMENT, "verdict_id": "v-2"})).status_code == 202
    assert "Quarrel" in (await http.get("/api/review/export.csv")).text


async def test_a_verdict_that_is_changed_once_others_are_shown_is_marked_as_not_blind(
    desk: Vouched, http: httpx.AsyncClient, kept: Kept, clock: list[int]
) -> None:
    await http.post(VERDICTS, json=JUDGEMENT)
    desk.person = Person("Grace", "qa")
    for number, verdict in enumerate(("wrong", "right")):
        clock[0] += 1
        await http.post(VERDICTS, json={**JUDGEMENT, "verdict_id": f"g-{number}", "verdict": verdict})
    assert [(one.by, one.sighted) for one in kept.written] == [("Ada", False), ("Grace", False), ("Grace", True)]
    (agreement,) = (await http.get("/api/review/precision")).json()["agreement"]
    assert (agreement["both"], agreement["agreed"]) == (1, 0)
    assert (await http.get("/api/review/export.csv")).text.splitlines()[-1].endswith(",no")


async def test_after_a_week_a_verdict_is_open_and_nobody_new_judges(
    desk: Vouched, http: httpx.AsyncClient, clock: list[int], kept: Kept
) -> None:
    await http.post(VERDICTS, json=JUDGEMENT)
    clock[0] += 7 * DAY_MS
    desk.person = Person("Grace", "qa")
    assert (await http.get(f"/api/review/alerts/{ALERT.alert_id}")).json()["review"]["others"][0]["by"] == "Ada"
    answer = await http.post(VERDICTS, json={**JUDGEMENT, "verdict_id": "late"})
    assert answer.status_code == 409
    desk.person = Person("Ada", "qa")
    assert (await http.post(VERDICTS, json={**JUDGEMENT, "verdict_id": "mind"})).status_code == 202
    assert len(kept.written) == 2
