"""The desk over HTTP: what is asked for, what is judged, and who may not."""

from __future__ import annotations

import asyncio
import base64
import io
from typing import Any

import httpx
import msgspec
import pytest
import soundfile

from tonewatch.dashboard.signin.person import Person, Scope
from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.codec import decode_rationale
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import Alert

from ..vouching import Told, Vouched
from .conftest import ALERT, AT_MS, GOLDEN, JUDGEMENT, VERDICTS, Kept


async def test_moments_are_listed_and_a_list_that_is_known_is_not_sent_again(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/review/moments", params={"queue": "billing", "q": "third"})
    (moment,) = answer.json()["moments"]
    assert (moment["alert_id"], moment["found"]) == (ALERT.alert_id, "this is the third time")
    again = await http.get(str(answer.url), headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await http.get("/api/review/moments", params={"queue": "sales"})).json()["moments"] == []


ENDLESS = base64.urlsafe_b64encode(b'[1%s,"a"]' % (b"0" * 30)).decode()


@pytest.mark.parametrize(
    "query",
    ["from_ms=yesterday", "unreviewed=you", "cursor=abc", f"from_ms={10**30}", "until_ms=-1", f"cursor={ENDLESS}"],
)
async def test_what_cannot_be_asked_is_refused(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.get(f"/api/review/moments?{query}")
    assert answer.status_code == 400 and answer.json()["error"]


async def test_an_alert_s_sound_is_played_from_any_second(http: httpx.AsyncClient) -> None:
    detail = (await http.get(f"/api/review/alerts/{ALERT.alert_id}")).json()
    assert (detail["sound"]["start_ms"], detail["sound"]["end_ms"]) == (24_000, 27_000)
    whole = await http.get(f"/api/alerts/{ALERT.alert_id}/audio")
    samples, rate_hz = soundfile.read(io.BytesIO(whole.content))
    assert (len(samples), rate_hz) == (24_000, 8000)
    part = await http.get(f"/api/alerts/{ALERT.alert_id}/audio", headers={"range": "bytes=44-1043"})
    assert (part.status_code, part.content) == (206, whole.content[44:1044])


async def test_what_the_archive_has_not_is_not_found(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/review/alerts/none/at/0")).status_code == 404
    assert (await http.get("/api/alerts/none/at/0/audio")).status_code == 404
    nowhere = {"verdict_id": "m", "verdict": "missed", "call_id": "none"}
    assert (await http.post(VERDICTS, json=nowhere)).status_code == 404


async def test_a_verdict_is_written_and_changes_what_is_told(http: httpx.AsyncClient, kept: Kept) -> None:
    answer = await http.post(VERDICTS, json={**JUDGEMENT, "reason": "upset", "ratings": {"factual": 4}})
    assert answer.status_code == 202
    (verdict,) = kept.written
    assert (verdict.call_id, verdict.at_ms, verdict.by) == ("c-1", ALERT.onset_ms, "Ada")
    assert (verdict.judged_at_ms, verdict.reason) == (AT_MS, "upset")
    assert (await http.get("/api/review/precision")).json()["total"]["precision"] == 1.0
    exported = (await http.get("/api/review/export.csv")).text.splitlines()
    assert len(exported) == 2 and "upset" in exported[1]
    manifest = (await http.get("/api/review/manifest.csv")).text.splitlines()
    assert manifest[1].startswith("clip.wav,review,c-1,right,")


async def test_a_text_is_rated_with_its_own_alert(http: httpx.AsyncClient, kept: Kept) -> None:
    body = (GOLDEN / "rationale.json").read_bytes()
    reason = msgspec.structs.replace(decode_rationale(body), alert_id=ALERT.alert_id, call_id="c-1")
    kept.archive.write(reason, msgspec.json.encode(reason).decode(), 1)
    rated = {**JUDGEMENT, "moment_id": reason.moment_id, "ratings": {"factual": 4}}
    assert (await http.post(VERDICTS, json=rated)).status_code == 202
    assert kept.written[0].moment_id == reason.moment_id


async def test_a_missed_moment_is_marked_on_any_call(http: httpx.AsyncClient, kept: Kept) -> None:
    missed = {"verdict_id": "m", "verdict": "missed", "call_id": "c-1", "at_ms": 9_000}
    assert (await http.post(VERDICTS, json=missed)).status_code == 202
    assert (kept.written[0].alert_id, kept.written[0].at_ms) == ("", 9_000)
    assert (await http.get("/api/review/precision")).json()["missed"] == 1


DEEP = msgspec.Raw(b"[" * 4000 + b"]" * 4000)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"verdict": "maybe"}, "No verdict"),
        ({"note": "x" * 501}, "No verdict"),
        ({"ratings": {"factual": 6}}, "No verdict"),
        ({"verdict": "missed"}, "call_id and at_ms"),
        ({"alert_id": ""}, "alert_id"),
        ({"verdict_id": ""}, "No verdict"),
        ({"note": "x" * 9000}, "bytes"),
        ({"unknown": DEEP}, "No verdict"),
        ({"moment_id": "c-2/onset/1"}, "no reason of this alert"),
        ({"verdict": "missed", "alert_id": "", "call_id": "c-1", "moment_id": "c-2/onset/1"}, "no reason"),
    ],
)
async def test_what_is_no_verdict_is_refused(
    http: httpx.AsyncClient, kept: Kept, change: dict[str, Any], told: str
) -> None:
    body = msgspec.json.encode({**JUDGEMENT, **change})
    answer = await http.post(VERDICTS, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, kept.written) == (400, [])
    assert told in answer.json()["error"]


async def test_what_a_form_of_another_site_can_send_is_no_verdict(http: httpx.AsyncClient, kept: Kept) -> None:
    body = msgspec.json.encode(JUDGEMENT)
    assert (await http.post(VERDICTS, content=body, headers={"content-type": "text/plain"})).status_code == 415
    assert kept.written == []


async def test_a_verdict_that_kafka_does_not_take_is_told(http: httpx.AsyncClient, kept: Kept) -> None:
    kept.refuse = BrokerError("Kafka did not take the action; try again.")
    answer = await http.post(VERDICTS, json=JUDGEMENT)
    assert (answer.status_code, answer.json()["error"]) == (503, str(kept.refuse))


async def test_who_is_signed_in_judges_by_no_other_name(http: httpx.AsyncClient, kept: Kept) -> None:
    assert (await http.post(VERDICTS, json={**JUDGEMENT, "by": "Grace"})).status_code == 202
    assert [verdict.by for verdict in kept.written] == ["Ada"]


async def test_a_role_that_does_not_review_is_shown_no_desk_and_refused(
    desk: Vouched, http: httpx.AsyncClient, kept: Kept, audited: Told
) -> None:
    assert (await http.get("/api/review")).json() == {"desk": True}
    desk.person = Person("Grace", "supervisor")
    assert (await http.get("/api/review")).json() == {"desk": False}
    paths = ["moments", "choices", f"alerts/{ALERT.alert_id}", "precision", "export.csv", "manifest.csv"]
    paths += ["export.parquet", "calls", "calls/c-1", "sound/c-1"]
    for path in [*(f"/api/review/{one}" for one in paths), f"/api/alerts/{ALERT.alert_id}/audio"]:
        assert (await http.get(path)).status_code == 403, path
    assert (await http.post(VERDICTS, json=JUDGEMENT)).status_code == 403
    assert kept.written == []


@pytest.mark.parametrize("scope", [Scope(queues=frozenset({"sales"})), Scope(teams=frozenset({"north"}))])
async def test_a_rater_sees_hears_and_judges_nothing_of_other_queues_and_teams(
    desk: Vouched, http: httpx.AsyncClient, kept: Kept, scope: Scope
) -> None:
    await http.post(VERDICTS, json=JUDGEMENT)
    desk.person = Person("Grace", "qa", scope)
    assert (await http.get("/api/review/moments")).json()["moments"] == []
    assert (await http.get("/api/review/choices")).json() == {"queues": [], "teams": [], "agents": [], "rules": []}
    assert (await http.get("/api/review/precision")).json()["total"]["right"] == 0
    assert (await http.get(f"/api/review/alerts/{ALERT.alert_id}")).status_code == 404
    for path in (f"alerts/{ALERT.alert_id}/audio", "review/calls/c-1", "review/sound/c-1"):
        assert (await http.get(f"/api/{path}")).status_code == 404, path
    assert len((await http.get("/api/review/export.csv")).text.splitlines()) == 1
    assert (await http.post(VERDICTS, json=JUDGEMENT)).status_code == 404
    missed = {"verdict_id": "m", "verdict": "missed", "call_id": "c-1", "at_ms": 9_000}
    assert (await http.post(VERDICTS, json=missed)).status_code == 404
    assert len(kept.written) == 1


async def test_a_rater_s_own_queue_is_theirs(desk: Vouched, http: httpx.AsyncClient) -> None:
    desk.person = Person("Grace", "qa", Scope(queues=frozenset({"billing"})))
    assert len((await http.get("/api/review/moments")).json()["moments"]) == 1
    assert (await http.get(f"/api/alerts/{ALERT.alert_id}/audio")).status_code == 200


async def test_who_looked_listened_judged_and_exported_is_told(http: httpx.AsyncClient, audited: Told) -> None:
    await http.get(f"/api/review/alerts/{ALERT.alert_id}")
    await http.get(f"/api/alerts/{ALERT.alert_id}/audio", headers={"range": "bytes=0-99"})
    await http.get(f"/api/alerts/{ALERT.alert_id}/audio", headers={"range": "bytes=100-199"})
    await http.post(VERDICTS, json=JUDGEMENT)
    await http.get("/api/review/export.csv")
    await http.get("/api/review/manifest.csv")
    while len(audited.written) < 5:
        await asyncio.sleep(0)
    assert [(one.kind, one.by, one.detail) for one in audited.written] == [
        ("looked", "Ada", "review"),
        ("listened", "Ada", ""),
        ("reviewed", "Ada", "right"),
        ("exported", "Ada", "verdicts.csv"),
        ("exported", "Ada", "manifest.csv"),
    ]


async def test_who_asks_for_a_sound_but_its_first_byte_is_told_too_and_once_a_listening(
    desk: Vouched, http: httpx.AsyncClient, audited: Told
) -> None:
    sound = f"/api/alerts/{ALERT.alert_id}/audio"
    for part in ("bytes=1-", "bytes=-1000000", "bytes=44-"):
        await http.get(sound, headers={"range": part})
    desk.person = Person("Grace", "qa")
    await http.get(sound, headers={"range": "bytes=0-", "if-range": "old"})
    await http.get(f"/api/review/alerts/{ALERT.alert_id}")
    while len(audited.written) < 3:
        await asyncio.sleep(0)
    assert [(one.kind, one.by) for one in audited.written] == [
        ("listened", "Ada"),
        ("listened", "Grace"),
        ("looked", "Grace"),
    ]


async def test_a_row_that_names_a_file_elsewhere_is_not_played(http: httpx.AsyncClient, kept: Kept) -> None:
    other = msgspec.structs.replace(ALERT.evidence[0], segment_id="c-1/0/1")
    strange: Alert = msgspec.structs.replace(ALERT, alert_id="c-1/x/1", evidence=(other,))
    row = AudioRow("c-1/0/1", "c-1", 1, 2, "kept", path="../archive.db")
    kept.archive.write(strange, msgspec.json.encode(strange).decode(), 1, [row])
    answer = await http.get("/api/alerts/c-1/x/1/audio")
    assert (answer.status_code, "outside" in answer.json()["error"]) == (400, True)
