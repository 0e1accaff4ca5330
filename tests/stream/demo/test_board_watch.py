from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve

from tonewatch.stream.board.view import CallView
from tonewatch.stream.demo import board_watch
from tonewatch.stream.demo.board_watch import BoardWatch, follow
from tonewatch.stream.messages import Alert, CallAttributes, CallState, Message, Rationale, Tone


def event(message: Message, at: str = "1-0") -> bytes:
    return msgspec.json.encode({"kind": "event", "id": at, "event": message})


async def enter(host: str, port: int) -> str:
    return "session=1"


def live(call_id: str, title: str = "") -> CallState:
    return CallState(call_id=call_id, state="live", call=CallAttributes(title=title))


def test_the_delay_is_arrival_minus_end_of_speech_of_tone_events_alone(make_tone: Callable[..., Tone]) -> None:
    watch = BoardWatch(started_ms=9_000)
    watch.take(event(live("c1")), 9_500)
    watch.take(event(make_tone(0, spoken_at_ms=10_000)), 10_400)
    watch.take(event(make_tone(3000, spoken_at_ms=12_000)), 12_600)
    watch.take(event(make_tone(6000)), 20_000)
    assert watch.delays_ms == [400, 600]
    assert (watch.delays().p50_ms, watch.tones, watch.first_tone_s) == (500.0, 3, 1.4)


def test_nothing_measured_means_no_percentile() -> None:
    assert BoardWatch(started_ms=0).delays().p50_ms is None


def test_calls_are_counted_by_state_and_the_most_at_once_is_kept() -> None:
    watch = BoardWatch(started_ms=0)
    for message in (live("c1"), live("c2"), CallState(call_id="c3", state="not_analysed")):
        watch.take(event(message), 1)
    watch.take(event(CallState(call_id="c1", state="ended")), 2)
    calls = watch.calls()
    assert (calls.live, calls.not_analysed, calls.ended, calls.at_once) == (1, 1, 1, 3)


def test_calls_of_an_earlier_round_are_not_at_once_with_those_of_this_one() -> None:
    watch = BoardWatch(started_ms=0, suffix="r2")
    for message in (live("a-r1"), live("b-r1"), live("a-r2")):
        watch.take(event(message), 1)
    assert watch.calls().at_once == 1


def test_an_alert_keeps_every_state_it_went_through_and_takes_the_reason(
    make_alert: Callable[..., Alert], make_rationale: Callable[..., Rationale]
) -> None:
    watch = BoardWatch(started_ms=0)
    watch.take(event(live("c1", "A bill")), 1)
    watch.take(event(make_alert("firing")), 2)
    assert watch.alerts()[0].text == "The level rose by 6 dB."
    watch.take(event(make_rationale()), 3)
    watch.take(event(make_alert("confirmed", seq=1)), 4)
    watch.take(event(make_alert("confirmed", seq=1)), 5)
    (line,) = watch.alerts()
    assert (line.states, line.title, line.onset_s) == (("firing", "confirmed"), "A bill", 40.0)
    assert (line.text, line.source) == ("Louder and faster than before.", "model")


def test_what_was_advised_is_not_said_of_an_alert_that_is_over(
    make_alert: Callable[..., Alert], make_rationale: Callable[..., Rationale]
) -> None:
    watch = BoardWatch(started_ms=0)
    watch.take(event(live("c1", "A bill")), 1)
    watch.take(event(make_alert("firing")), 2)
    watch.take(event(msgspec.structs.replace(make_rationale(), text="Louder. Sure; listen in.")), 3)
    assert watch.alerts()[0].text == "Louder. Sure; listen in."
    watch.take(event(make_alert("resolved", seq=1)), 4)
    assert watch.alerts()[0].text == "Louder."


def test_a_snapshot_replaces_what_was_known(make_alert: Callable[..., Alert]) -> None:
    watch = BoardWatch(started_ms=0)
    watch.take(event(live("old")), 1)
    view = CallView(call_id="c1", alerts={"c1/tone/40000": make_alert("confirmed", seq=3)})
    watch.take(msgspec.json.encode({"kind": "snapshot", "id": "7-0", "calls": [view], "counters": {}}), 2)
    assert list(watch.views) == ["c1"] and watch.last_id == "7-0"
    assert watch.alerts()[0].states == ("confirmed",)


def test_several_events_in_one_message_all_count_and_a_heartbeat_none(make_tone: Callable[..., Tone]) -> None:
    watch = BoardWatch(started_ms=0)
    both = [make_tone(0, spoken_at_ms=100), make_tone(3000, spoken_at_ms=200)]
    watch.take(msgspec.json.encode({"kind": "events", "id": "9-1", "events": both}), 300)
    watch.take(b'{"kind": "heartbeat", "at_ms": 5, "counters": {"shed_llm": 1}}', 301)
    assert (watch.delays_ms, watch.last_id) == ([200, 100], "9-1")


async def test_following_resumes_where_the_connection_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_watch, "RETRY_S", 0.01)
    hellos: list[str] = []
    served = asyncio.Event()

    async def board(socket: ServerConnection) -> None:
        hellos.append(str(await socket.recv()))
        await socket.send(event(live(f"c{len(hellos)}"), f"{len(hellos)}-0").decode())
        if len(hellos) == 2:
            served.set()
            await socket.wait_closed()

    watch = BoardWatch(started_ms=0)
    async with serve(board, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        following = asyncio.create_task(follow("127.0.0.1", port, watch, enter=enter))
        await served.wait()
        while "c2" not in watch.views:
            await asyncio.sleep(0.01)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert hellos == ['{"resume":null}', '{"resume":"1-0"}']
    assert set(watch.views) == {"c1", "c2"}


async def test_following_waits_for_a_board_that_is_not_there_yet(
    free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_watch, "RETRY_S", 0.01)
    watch = BoardWatch(started_ms=0)
    knocked = asyncio.Event()

    def closed_door(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        knocked.set()

    async with await asyncio.start_server(closed_door, "127.0.0.1", free_port):
        following = asyncio.create_task(follow("127.0.0.1", free_port, watch, enter=enter))
        await knocked.wait()

    async def board(socket: ServerConnection) -> None:
        await socket.send(event(live("c1")).decode())
        await socket.wait_closed()

    async with serve(board, "127.0.0.1", free_port):
        while not watch.views:
            await asyncio.sleep(0.01)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert watch.calls().live == 1
