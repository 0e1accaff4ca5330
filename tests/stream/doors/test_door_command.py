from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tonewatch.stream.doors.door_command import doors_of, run, serve
from tonewatch.stream.doors.live_calls import LiveCalls
from tonewatch.stream.errors import BrokerError, SettingsError
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import DoorSettings, load

if TYPE_CHECKING:
    from tests.conftest import Clock


class Listener:
    def __init__(self, calls: int = 0) -> None:
        self.done: list[str] = []
        self.calls = calls

    async def start(self) -> None:
        self.done.append("start")

    async def drain(self) -> None:
        self.done.append("drain")

    async def stop(self) -> None:
        self.done.append("stop")
        self.calls = 0

    def __len__(self) -> int:
        return self.calls


def make_live() -> LiveCalls:
    async def send(_message: object) -> None:
        return

    return LiveCalls(send, Metrics(), grace_s=0)


async def test_a_stop_drains_before_it_closes_and_waits_no_longer_than_it_may(clock: Clock) -> None:
    stop, listener = asyncio.Event(), Listener(calls=1)
    stop.set()
    await serve([listener], make_live(), stop, Metrics(), drain_s=5, clock=clock, sleep=clock.sleep)
    assert listener.done == ["start", "drain", "stop"] and clock() == pytest.approx(5, abs=0.2)


def test_doors_are_counted_by_themselves_and_not_by_their_addresses() -> None:
    shared = {"door_twilio": "127.0.0.1:1", "door_websocket": "127.0.0.1:1"}
    legs = {"door_rtp": "127.0.0.1:2-9", "door_announce": "127.0.0.1:1"}
    assert doors_of(load(DoorSettings, **shared, **legs)) == ["twilio", "websocket", "rtp"]


async def test_calls_that_are_over_are_not_waited_for(clock: Clock) -> None:
    stop = asyncio.Event()
    stop.set()
    await serve([Listener()], make_live(), stop, Metrics(), drain_s=5, clock=clock, sleep=clock.sleep)
    assert clock() == 0


async def test_a_refusal_of_kafkas_ends_the_process() -> None:
    live, listener = make_live(), Listener(calls=1)
    live.failed.set_exception(BrokerError("not allowed"))
    with pytest.raises(BrokerError, match="not allowed"):
        await serve([listener], live, asyncio.Event(), Metrics(), drain_s=5)
    assert listener.done == ["start"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "No door is to be opened"),
        ({"door_twilio": "0.0.0.0:8443"}, "has no secrets"),
        ({"door_twilio": "127.0.0.1:1", "door_key_file": "k"}, "needs its key"),
        ({"door_twilio": "127.0.0.1:1", "door_key_file": "k", "door_certificate_file": "c"}, "no certificate"),
    ],
)
async def test_what_would_not_be_safe_is_told_before_kafka_is_asked(given: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        await run(load(DoorSettings, kafka="127.0.0.1:1", **given), asyncio.Event())


async def test_a_stop_is_obeyed_while_kafka_is_away(free_port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, stop.set)
    settings = load(DoorSettings, kafka="127.0.0.1:1", door_websocket=f"127.0.0.1:{free_port}")
    # Without an error: it was not Kafka's absence that ended it.
    await run(settings, stop)
