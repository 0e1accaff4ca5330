"""The SIPREC bridge as a session border controller and a door see it: an INVITE in, both parties' audio out."""

from __future__ import annotations

import asyncio
import os
import random
import re
import runpy
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.stream.doors.legs import TOKEN, doors
from tonewatch.stream.doors.rtp.packet import Packet, build

BRIDGE = Path(__file__).parents[2] / "examples" / "siprec" / "siprec_bridge.py"

# As in RFC 7865, section 9: associations stand beside participants and streams.
METADATA = """<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1">
  <datamode>complete</datamode>
  <session session_id="hVpd7YQgRW2nD22h7q60JQ=="><sipSessionID>ab30317f1a784dc48ff824d0d3715d86</sipSessionID></session>
  <participant participant_id="srfBElmCRp2QB23b7Mpk0w=="><nameID aor="sip:bob@biloxi.com"><name>Bob</name></nameID>
  </participant>
  <participant participant_id="zSfPoSvdSDCmU3A3TRDxAw=="><nameID aor="sip:paul@agents.example.org"/></participant>
  <stream stream_id="UAAMm5GRQKSCMVvLyl4rFw==" session_id="hVpd7YQgRW2nD22h7q60JQ=="><label>96</label></stream>
  <stream stream_id="i1Pz3to5hGk8fuXl+PbwCw==" session_id="hVpd7YQgRW2nD22h7q60JQ=="><label>97</label></stream>
  <participantstreamassoc participant_id="srfBElmCRp2QB23b7Mpk0w==">
    <send>i1Pz3to5hGk8fuXl+PbwCw==</send><recv>UAAMm5GRQKSCMVvLyl4rFw==</recv>
  </participantstreamassoc>
  <participantstreamassoc participant_id="zSfPoSvdSDCmU3A3TRDxAw==">
    <send>UAAMm5GRQKSCMVvLyl4rFw==</send><recv>i1Pz3to5hGk8fuXl+PbwCw==</recv>
  </participantstreamassoc>
</recording>
"""
# As session border controllers of the drafts before it send them: what a participant sends stands in it.
DRAFT = """<recording xmlns='urn:ietf:params:xml:ns:recording'><dataMode>complete</dataMode>
  <session id="urn:uuid:79b2fcd8"/>
  <participant id="urn:uuid:1" session="urn:uuid:79b2fcd8"><aor>sip:bob@biloxi.com</aor><send>urn:uuid:b</send>
  </participant>
  <participant id="urn:uuid:2" session="urn:uuid:79b2fcd8"><aor>sip:paul@agents.example.org</aor><send>urn:uuid:a</send>
  </participant>
  <stream id="urn:uuid:a" session="urn:uuid:79b2fcd8"><mode>separate</mode><label>96</label></stream>
  <stream id="urn:uuid:b" session="urn:uuid:79b2fcd8"><mode>separate</mode><label>97</label></stream>
</recording>"""
OFFER = """v=0
o=SRC 2890844526 2890844526 IN IP4 198.51.100.1
s=-
c=IN IP4 198.51.100.1
t=0 0
m=audio 12240 RTP/AVP 0 4 8
a=sendonly
a=label:96
m=audio 22456 RTP/AVP 98 0
a=rtpmap:98 H264/90000
a=sendonly
a=label:97
m=video 22458 RTP/AVP 98
a=label:98
"""
DIALOGUE = """Via: SIP/2.0/{transport} src.example.com;branch=z9hG4bK{branch}
From: <sip:2000@example.com>;tag=35e195d2-947d-4585-946f-09839247
To: <sip:recorder@example.com>
Call-ID: d253c800-b0d1ea39-4a7dd-3f0e20a
CSeq: {number} {method}
Max-Forwards: 70
"""


def request(method: str, number: int, body: str = "", transport: str = "UDP") -> bytes:
    head = f"{method} sip:recorder@example.com SIP/2.0\n"
    head += DIALOGUE.format(method=method, number=number, branch=number, transport=transport)
    head += "Content-Type: multipart/mixed;boundary=foobar\n" if body else ""
    return f"{head}Content-Length: {len(body)}\n\n{body}".replace("\n", "\r\n").encode()


def invite(metadata: str = METADATA, offer: str = OFFER, transport: str = "UDP") -> bytes:
    body = f"--foobar\nContent-Type: application/sdp\n\n{offer}\n--foobar\n"
    body += (
        f"Content-Type: application/rs-metadata+xml\nContent-Disposition: recording-session\n\n{metadata}\n--foobar--\n"
    )
    made = request("INVITE", 101, body.replace("\n", "\r\n").replace("\r\r", "\r"), transport)
    return made.replace(b"\r\r\n", b"\r\n")


@asynccontextmanager
async def bridge(announce: str, folder: Path, **more: str) -> AsyncIterator[tuple[str, int]]:
    (folder / "token").write_text(TOKEN)
    said = {"ANNOUNCE": announce, "TOKEN_FILE": str(folder / "token"), "LISTEN": "127.0.0.1:0"}
    environment = {**os.environ, **said, "AGENTS": r"@agents\.example\.org", "NOTICE": "true", **more}
    program = await asyncio.create_subprocess_exec(
        sys.executable, str(BRIDGE), env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    try:
        host, _, port = (await program.stdout.readline()).decode().split()[-1].rpartition(":")
        yield host, int(port)
    finally:
        program.terminate()
        await program.wait()
        program._transport.close()  # type: ignore[attr-defined]


async def by_udp(to: tuple[str, int], message: bytes, timeout_s: float) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendto(line, message, to)
        return (await asyncio.wait_for(loop.sock_recv(line, 65_536), timeout_s)).decode()


async def by_tcp(to: tuple[str, int], message: bytes, timeout_s: float) -> str:
    reader, writer = await asyncio.open_connection(*to)
    writer.write(message)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), timeout_s)
    (size,) = re.findall(rb"Content-Length: (\d+)", head)
    body = await reader.readexactly(int(size))
    writer.close()
    await writer.wait_closed()
    return (head + body).decode()


def speak(ports: list[int]) -> None:
    """300 ms of each party, told apart by their samples: more than a chunk."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        for number in range(15):
            for leg, port in enumerate(ports):
                packet = Packet(0, number, 160 * number, leg + 1, bytes([leg + 1]) * 160)
                line.sendto(build(packet), ("127.0.0.1", port))


@pytest.mark.parametrize("metadata", [METADATA, DRAFT], ids=["rfc7865", "draft"])
async def test_both_parties_of_a_recorded_call_are_one_call(
    metadata: str, tmp_path: Path, timeout_factor: float
) -> None:
    async with doors() as opened, bridge(opened.announcer.url, tmp_path) as at:
        said = await by_udp(at, invite(metadata), 30 * timeout_factor)
        assert said.startswith("SIP/2.0 200 OK\r\n") and "+sip.srs" in said and "m=video 0 " in said
        ports = [int(one) for one in re.findall(r"m=audio (\d+) RTP/AVP 0\r", said)]
        assert re.findall(r"a=label:(\d+)", said) == ["96", "97"] and said.count("a=recvonly") == 2
        # An INVITE that is sent again over UDP is answered again, and announces nothing more.
        assert (await by_udp(at, invite(metadata), 30 * timeout_factor)).split("\r\n\r\n")[1] == said.split("\r\n\r\n")[
            1
        ]
        speak(ports)
        await opened.until(lambda: len(opened.chunks(0)) > 0 and len(opened.chunks(1)) > 0)
        assert "200 OK" in await by_udp(at, request("BYE", 102), 30 * timeout_factor)
        await opened.all_ended()
        begun = opened.started()
        assert begun.roles == ("agent", "customer") and begun.notice_given
        # Label 96 is what the agent sends, the first m line; 97 the customer's.
        assert {opened.audio(0)[:1], opened.audio(1)[:1]} == {b"\1", b"\2"} and opened.audio(0)[:1] == b"\1"


async def test_the_same_over_tcp(tmp_path: Path, timeout_factor: float) -> None:
    async with doors() as opened, bridge(opened.announcer.url, tmp_path) as at:
        said = await by_tcp(at, invite(transport="TCP"), 30 * timeout_factor)
        assert said.startswith("SIP/2.0 200 OK") and "transport=tcp" in said
        assert "200 OK" in await by_tcp(at, request("BYE", 102, transport="TCP"), 30 * timeout_factor)


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (invite(METADATA.replace("agents.example.org", "biloxi.com")), "488"),  # Two customers: who is the agent?
        (invite(offer=OFFER.replace("98 0", "98")), "488"),
        (invite("no metadata"), "400"),
        (request("OPTIONS", 1), "200"),
        (request("SUBSCRIBE", 1), "501"),
    ],
)
async def test_what_cannot_be_recorded_is_answered_with_a_reason(
    message: bytes, status: str, tmp_path: Path, timeout_factor: float
) -> None:
    async with doors() as opened, bridge(opened.announcer.url, tmp_path) as at:
        assert (await by_udp(at, message, 30 * timeout_factor)).startswith(f"SIP/2.0 {status} ")
        assert not opened.written


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_sent_is_answered_or_left(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(TOKEN)
    for name, text in {"TOKEN_FILE": str(tmp_path / "token"), "AGENTS": "agents"}.items():
        monkeypatch.setenv(name, text)
    found = runpy.run_path(str(BRIDGE))
    respond, refused = found["respond"], found["Refused"]

    def away(*_asked: object) -> None:
        raise refused("503 Service Unavailable")

    respond.__globals__["ask"] = away
    lot, whole = random.Random(seed), invite()
    for _ in range(300):
        at = lot.randrange(len(whole))
        message = (
            whole[:at] + lot.choice([b"", b"\0", b"\xff", b"\r\n", b"<", b"m=", b":"]) + whole[at + lot.randrange(9) :]
        )
        said = respond(found["Recordings"](), message, "udp")
        assert said == b"" or said.startswith(b"SIP/2.0 ")


async def test_a_door_that_is_away_is_told(tmp_path: Path, timeout_factor: float) -> None:
    async with bridge("http://127.0.0.1:1", tmp_path) as at:
        assert (await by_udp(at, invite(), 30 * timeout_factor)).startswith("SIP/2.0 503 ")
