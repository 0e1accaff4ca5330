"""Real sockets on loopback; what is written goes into a list."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.stream.doors.conftest import SECRETS
from tonewatch.stream.doors.call_queue import CALL_BYTES
from tonewatch.stream.doors.limits import MOST_BAD, Limits
from tonewatch.stream.doors.tls import server_certificate
from tonewatch.stream.doors.twilio.signature import signature
from tonewatch.stream.local.certificates import Authority, find_openssl
from tonewatch.stream.messages import AudioChunk, CallEnded, CallStarted

if TYPE_CHECKING:
    from tests.stream.doors.conftest import Door

Opened = Callable[..., AbstractAsyncContextManager["Door"]]

TOKEN = {"Authorization": "Bearer the-token"}
HELLO = json.dumps({"type": "hello", "call_id": "c", "codec": "mulaw", "roles": ["customer"], "notice_given": True})
END = json.dumps({"type": "end"})


async def status_of(url: str, headers: dict[str, str]) -> int:
    try:
        async with connect(url, additional_headers=headers):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


async def test_a_call_is_written_under_its_tenant_and_ended_once(opened_door: Opened) -> None:
    async with opened_door() as door, connect(door.url(), additional_headers=TOKEN) as link:
        await link.send(HELLO)
        assert json.loads(await link.recv()) == {"type": "ready"}
        await link.send(bytes(2_000))
        await link.send(END)
        await link.wait_closed()
        await door.until(lambda: CallEnded in door.kinds)
        assert link.close_code == 1000
        assert door.kinds == [CallStarted, AudioChunk, AudioChunk, CallEnded]
        assert {one.call_id for one in door.written} == {"acme:c"}


async def test_who_has_no_credentials_or_asks_for_another_path_is_refused(opened_door: Opened) -> None:
    signed = {"X-Twilio-Signature": signature("wss://door.example.org/twilio", "auth-token")}
    async with opened_door(public_url="wss://door.example.org") as door:
        assert [
            await status_of(door.url(), {}),
            await status_of(door.url(), {"Authorization": "Bearer wrong"}),
            await status_of(door.url("/twilio"), {"X-Twilio-Signature": "wrong"}),
            await status_of(door.url("/twilio"), TOKEN),
            await status_of(door.url("/elsewhere"), TOKEN),
            await status_of(door.url("/twilio"), signed),
            await status_of(door.url("/websocket?x=1"), TOKEN),
        ] == [401, 401, 401, 401, 404, 101, 101]
        assert door.refused("websocket", "credentials") == 2 and door.written == []


async def answered(door: Door, target: str, headers: dict[str, str]) -> int:
    """The status that a handshake gets; a client would not send such an address."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.listener.port)
    asked = {
        "Host": "door",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        **headers,
    }
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {text}" for name, text in asked.items()), "", ""]
    writer.write("\r\n".join(lines).encode("latin-1"))
    status = (await reader.readline()).split()[1]
    writer.close()
    return int(status)


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("//[", {}, 404),
        ("//[v1.a&signature=b]/livekit?x=1", {}, 404),
        ("//elsewhere/websocket", TOKEN, 404),
        ("http://door/websocket", TOKEN, 101),
        ("http://[/websocket", TOKEN, 404),
        ("http://[v1.a&signature=b]/livekit", {}, 401),
        ("/twilio", {"Host": "[", "X-Twilio-Signature": "a"}, 400),
        ("/audiohook", {"Host": "[", "X-API-KEY": "api-key-123"}, 400),
        ("/audiohook", {"X-API-KEY": "api-key-123", "Signature-Input": f"sig1=();created={'9' * 5_000}"}, 401),
        ("/websocket", {"Authorization": "Bearer \xff\xfe"}, 401),
        ("/livekit?expires=%D9%A1&signature=%FF", {}, 401),
    ],
)
async def test_an_address_or_a_header_that_cannot_be_read_is_refused_and_breaks_nothing(
    opened_door: Opened, caplog: pytest.LogCaptureFixture, target: str, headers: dict[str, str], status: int
) -> None:
    key = base64.b64encode(b"client-secret").decode()
    secrets = f"{SECRETS}; livekit - lk-secret-1; audiohook - api-key-123 {key}"
    async with opened_door(secrets=secrets) as door:
        assert await answered(door, target, headers) == status
    assert not any(record.exc_info for record in caplog.records)


async def test_a_door_without_secrets_is_open_to_this_machine_but_not_to_its_browser_or_a_proxys_callers(
    opened_door: Opened,
) -> None:
    async with opened_door(secrets="") as door:
        assert await status_of(door.url(), {}) == 101
        assert await status_of(door.url(), {"Origin": "https://elsewhere.example"}) == 403
    async with opened_door(secrets="", behind_proxy=True) as door:
        assert await status_of(door.url(), {}) == 401


async def test_a_refusal_is_counted_and_logged_with_its_reason_and_nothing_of_the_call(
    opened_door: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened_door() as door:
        wrong = {"Authorization": "Bearer wrong-token-4711"}
        with pytest.raises(InvalidStatus):
            async with connect(door.url("/websocket?caller=%2B15550100&title=Jane"), additional_headers=wrong):
                pass
        assert door.refused("websocket", "credentials") == 1
    (record,) = [one for one in caplog.records if one.getMessage() == "A door refuses a connection"]
    said = vars(record)
    assert (said["door"], said["reason"], said["from"]) == ("websocket", "credentials", "127.0.0.1")
    assert not any(part in str(said) for part in ("4711", "15550100", "Jane"))


async def test_what_is_logged_of_a_call_is_its_id_and_a_reason(
    opened_door: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    # Ten digits: a port, a time or the number of a thread may hold four by chance.
    said = {"type": "hello", "call_id": "c-1", "caller_id": "+15550100", "title": "Jane", "queue": "claims"}
    async with opened_door() as door, connect(door.url(), additional_headers=TOKEN) as link:
        await link.send(json.dumps({**said, "notice_given": True}))
        await link.recv()
        for _ in range(MOST_BAD):
            await link.send('{"type": "what", "spoken": "my card is 4711008155"}')
        await link.wait_closed()
        await door.until(lambda: len(door.letters) == MOST_BAD)
    told = [record for record in caplog.records if record.name.startswith("tonewatch")]
    assert any(vars(record).get("reason") == "bad_frames" for record in told)
    assert any(vars(record).get("call_id") == "acme:c-1" for record in told)
    assert not any(part in str(vars(record)) for record in told for part in ("4711008155", "15550100", "Jane"))


async def test_too_many_connections_of_a_tenant_are_refused_and_those_of_another_are_not(opened_door: Opened) -> None:
    async with opened_door(limits=Limits(calls=1)) as door, connect(door.url(), additional_headers=TOKEN) as link:
        await link.send(HELLO)
        await link.recv()
        assert await status_of(door.url(), TOKEN) == 429
        assert await status_of(door.url(), {"Authorization": "Bearer beta-token"}) == 101


async def test_one_tenant_cannot_write_into_the_call_of_another(opened_door: Opened) -> None:
    async with opened_door() as door:
        for token in ("the-token", "beta-token"):
            async with connect(door.url(), additional_headers={"Authorization": f"Bearer {token}"}) as link:
                await link.send(HELLO)
                await link.recv()
                await link.send(END)
                await link.wait_closed()
        await door.until(lambda: door.kinds.count(CallEnded) == 2)
        assert {one.call_id for one in door.written} == {"acme:c", "beta:c"}


async def test_the_tenant_without_a_name_cannot_write_into_or_end_the_call_of_another(opened_door: Opened) -> None:
    secrets = "websocket - nameless-token; websocket acme the-token; announce umbrella a-token-1"
    nameless = {"Authorization": "Bearer nameless-token"}
    async with opened_door(secrets=secrets) as door, connect(door.url(), additional_headers=TOKEN) as link:
        await link.send(HELLO)
        await link.recv()
        for call_id in ("acme:c", "umbrella:c"):
            async with connect(door.url(), additional_headers=nameless) as other:
                await other.send(json.dumps({**json.loads(HELLO), "call_id": call_id}))
                said = json.loads(await other.recv())
                await other.wait_closed()
                assert said["type"] == "error" and "begins as those of another tenant do" in said["reason"]
        async with connect(door.url(), additional_headers=nameless) as other:
            await other.send(json.dumps({**json.loads(HELLO), "call_id": "sip:c"}))
            assert json.loads(await other.recv()) == {"type": "ready"}
        await link.send(bytes(1_600))
        await door.until(lambda: AudioChunk in door.kinds)
        assert door.refused("websocket", "other_tenant") == 2
        assert [one.call_id for one in door.written] == ["acme:c", "sip:c", "acme:c"]


async def test_a_connection_that_breaks_and_comes_again_goes_on_with_its_call(opened_door: Opened) -> None:
    async with opened_door() as door:
        async with connect(door.url(), additional_headers=TOKEN) as link:
            await link.send(HELLO)
            await link.send(bytes(1_600))
            await door.until(lambda: AudioChunk in door.kinds)
            link.transport.abort()
        async with connect(door.url(), additional_headers=TOKEN) as link:
            await link.send(HELLO)
            await link.send(bytes(1_600))
            await link.send(END)
            await link.wait_closed()
        await door.until(lambda: CallEnded in door.kinds)
        assert door.kinds == [CallStarted, AudioChunk, AudioChunk, CallEnded]


async def test_a_newer_connection_takes_the_call_over(opened_door: Opened) -> None:
    async with opened_door() as door, connect(door.url(), additional_headers=TOKEN) as old:
        await old.send(HELLO)
        await old.recv()
        async with connect(door.url(), additional_headers=TOKEN) as new:
            await new.send(HELLO)
            await new.recv()
            with pytest.raises(ConnectionClosed):
                await old.recv()
            await new.send(bytes(1_600))
            await door.until(lambda: AudioChunk in door.kinds)
            assert door.kinds == [CallStarted, AudioChunk]


async def test_of_legs_whose_roles_stand_in_another_order_none_is_taken_for_the_others(
    opened_door: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    def leg(role: str, roles: str) -> str:
        return f"/freeswitch?call_id=o&mixType=mono&sampleRate=8k&notice=true&role={role}&roles={roles}"

    secret = {"Authorization": "Bearer fs-token-1"}
    async with (
        opened_door(secrets="freeswitch - fs-token-1") as door,
        connect(door.url(leg("customer", "customer,agent")), additional_headers=secret) as customer,
        connect(door.url(leg("agent", "customer,agent")), additional_headers=secret) as agent,
        connect(door.url(leg("agent", "agent,customer")), additional_headers=secret) as other,
    ):
        await customer.send(b"\1\1" * 1_600)
        await door.until(lambda: AudioChunk in door.kinds)
        await other.send(b"\3\3" * 1_600)
        await other.wait_closed()
        await agent.send(b"\2\2" * 1_600)
        await door.until(lambda: len({one.role for one in door.written if isinstance(one, AudioChunk)}) == 2)
        assert other.close_code == 1008 and door.refused("freeswitch", "other_call") == 1
        heard = {(one.channel, one.role, one.payload[:1]) for one in door.written if isinstance(one, AudioChunk)}
        assert heard == {(0, "customer", b"\1"), (1, "agent", b"\2")}
    (told,) = [vars(record) for record in caplog.records if vars(record).get("reason") == "other_call"]
    assert "set the same `roles`" in told["why"]


async def test_bad_frames_are_dead_letters_with_their_bytes_only_where_notice_was_given(opened_door: Opened) -> None:
    async with opened_door() as door:
        for call_id, given in (("told", True), ("untold", False)):
            async with connect(door.url(), additional_headers=TOKEN) as link:
                await link.send(json.dumps({"type": "hello", "call_id": call_id, "notice_given": given}))
                await link.recv()
                await link.send('{"type": "what"}')
                await link.send(b"odd")
                await link.send(END)
                await link.wait_closed()
        await door.until(lambda: len(door.letters) == 4)
        assert [(one.key, one.value, one.headers["reason"]) for one in door.letters] == [
            (b"acme:told", b'{"type": "what"}', b"undecodable"),
            (b"acme:told", b"odd", b"odd_length"),
            (b"acme:untold", b"", b"undecodable"),
            (b"acme:untold", b"", b"odd_length"),
        ]
        assert door.letters[3].headers["left_out_bytes"] == b"3" and door.letters[3].headers["door"] == b"websocket"


@pytest.mark.parametrize("untold_first", [True, False])
async def test_of_an_untold_call_no_bytes_are_kept_whatever_one_of_its_connections_says(
    opened_door: Opened, untold_first: bool
) -> None:
    hello = {"type": "hello", "call_id": "c", "roles": ["customer", "agent"]}
    async with (
        opened_door() as door,
        connect(door.url(), additional_headers=TOKEN) as one,
        connect(door.url(), additional_headers=TOKEN) as other,
    ):
        for channel, (link, given) in enumerate([(one, not untold_first), (other, untold_first)]):
            await link.send(json.dumps({**hello, "channels": [channel], "notice_given": given}))
            assert json.loads(await link.recv()) == {"type": "ready"}
        told = other if untold_first else one
        await told.send(b"what was said")
        await told.send(bytes(1_600))
        await door.until(lambda: len(door.letters) == 1)
        assert door.letters[0].value == b"" and door.letters[0].headers["left_out_bytes"] == b"13"


async def test_a_connection_that_sends_only_what_is_bad_is_closed(opened_door: Opened) -> None:
    async with opened_door() as door, connect(door.url(), additional_headers=TOKEN) as link:
        await link.send(HELLO)
        await link.recv()
        for _ in range(MOST_BAD):
            await link.send("{")
        assert json.loads(await link.recv()) == {"type": "error", "reason": "bad_frames"}
        await link.wait_closed()
        assert link.close_code == 1008 and len(door.letters) == MOST_BAD


@pytest.mark.parametrize(
    "first", ["garbage", b"\0\0", '{"type": "hello"}', '{"type": "hello", "call_id": "c", "rate_hz": 1}']
)
async def test_whoever_begins_wrongly_is_told_at_once_and_nothing_is_kept_of_it(
    opened_door: Opened, first: str | bytes
) -> None:
    async with opened_door() as door, connect(door.url(), additional_headers=TOKEN) as link:
        await link.send(first)
        said = json.loads(await link.recv())
        await link.wait_closed()
        assert said["type"] == "error" and len(said["reason"]) > len("error")
        assert link.close_code == 1008 and [one.value for one in door.letters] == [b""]


@pytest.mark.parametrize(
    ("limits", "sent", "reason"),
    [
        (Limits(hello_s=0.05), "", "idle"),
        (Limits(idle_s=0.05), HELLO, "idle"),
        (Limits(channels=1), json.dumps({"type": "hello", "call_id": "c"}), "channels"),
    ],
)
async def test_whoever_is_silent_or_has_too_many_channels_is_told_and_closed(
    opened_door: Opened, limits: Limits, sent: str, reason: str
) -> None:
    async with opened_door(limits=limits) as door, connect(door.url(), additional_headers=TOKEN) as link:
        if sent:
            await link.send(sent)
        said = []
        with pytest.raises(ConnectionClosed):
            while True:
                said.append(json.loads(await link.recv()))
        assert said[-1] == {"type": "error", "reason": reason} and link.close_code == 1008
        assert door.refused("websocket", reason) == 1


async def test_a_message_that_is_too_large_closes_the_connection_and_leaves_the_call_to_its_grace(
    opened_door: Opened,
) -> None:
    limits = Limits(message_bytes=1_024)
    async with opened_door(limits=limits, grace_s=0.01) as door, connect(door.url(), additional_headers=TOKEN) as link:
        await link.send(HELLO)
        await link.send(bytes(2_000))
        await link.wait_closed()
        await door.until(lambda: CallEnded in door.kinds)
        assert link.close_code == 1009 and AudioChunk not in door.kinds


async def test_a_sender_is_held_back_while_kafka_takes_nothing_and_nothing_is_lost(opened_door: Opened) -> None:
    kafka, message = asyncio.Event(), bytes(60_000)
    count = 24_000_000 // len(message)  # More than the buffers of a loopback hold.
    async with opened_door(kafka=kafka, limits=Limits(bytes_s=10**9)) as door:
        async with connect(door.url(), additional_headers=TOKEN) as link:
            await link.send(HELLO)
            await link.recv()

            async def sends() -> None:
                for _ in range(count):
                    await link.send(message)
                await link.send(END)

            sending = asyncio.create_task(sends())
            await door.until(lambda: door.waiting_bytes > CALL_BYTES - 100_000)
            await door.until(lambda: link.transport.get_write_buffer_size() > 0)
            assert not sending.done() and door.waiting_bytes <= CALL_BYTES and not door.written
            kafka.set()
            await sending
            await link.wait_closed()
        await door.until(lambda: CallEnded in door.kinds)
    audio = sum(len(one.payload) for one in door.written if isinstance(one, AudioChunk))
    assert audio == count * len(message)


async def test_whoever_is_not_read_or_answers_pings_in_its_own_way_is_not_hung_up_on(opened_door: Opened) -> None:
    """An answer lies behind the audio, which is not read while Kafka is away."""
    async with opened_door() as door, connect(door.url(), additional_headers=TOKEN):
        await door.until(lambda: len(door.listener) == 1)
        (link,) = door.listener._calls
        assert link.ping_interval and link.ping_timeout is None


async def test_a_door_that_drains_takes_no_new_calls_and_lets_the_others_end(opened_door: Opened) -> None:
    async with opened_door() as door, connect(door.url(), additional_headers=TOKEN) as link:
        await link.send(HELLO)
        await link.recv()
        await door.listener.drain()
        assert json.loads(await link.recv()) == {"type": "stopping"}
        assert await status_of(door.url(), TOKEN) == 503 and len(door.listener) == 1
        await link.send(bytes(800))
        await link.send(END)
        await link.wait_closed()
        await door.until(lambda: len(door.listener) == 0 and CallEnded in door.kinds)
        assert door.kinds == [CallStarted, AudioChunk, CallEnded]


async def test_a_door_that_stops_writes_what_it_was_sent(opened_door: Opened) -> None:
    async with opened_door() as door, connect(door.url(), additional_headers=TOKEN) as link:
        await link.send(HELLO)
        await link.recv()
        await link.send(bytes(400))
        await door.until(lambda: door.taken == 1)
        await door.listener.stop()
        await door.live.close()
        assert door.kinds == [CallStarted, AudioChunk, CallEnded] and link.close_code == 1001


@pytest.mark.skipif(find_openssl() is None, reason="no openssl on PATH")
async def test_a_door_with_a_certificate_speaks_tls(opened_door: Opened, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    issued = authority.issue("door", hosts="IP:127.0.0.1")
    tls = server_certificate(str(issued.certificate), str(issued.key)).context
    trusting = ssl.create_default_context(cafile=str(authority.certificate))
    async with (
        opened_door(tls=tls) as door,
        connect(door.url(scheme="wss"), ssl=trusting, additional_headers=TOKEN) as link,
    ):
        await link.send(HELLO)
        assert json.loads(await link.recv()) == {"type": "ready"}
