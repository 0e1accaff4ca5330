"""A small SIPREC recording server (RFC 7866) that hands the recorded parties on to Tonewatch, by RTP.

    ANNOUNCE=https://door.example.org:9091 TOKEN_FILE=token AGENTS='@agents\\.example\\.org' \
        NOTICE=true PEERS=10.1.0.0/16 LISTEN=10.1.0.9:5060 python siprec_bridge.py

It answers the INVITE of a session border controller with the ports that the door gives, one a party, and takes no part
in the media. Who is an agent is told by AGENTS, a regular expression that is searched in the addresses of the metadata
(RFC 7865, or the drafts before it); everybody else is a customer. NOTICE says that callers are told of the analysis:
the metadata do not carry it. PEERS are the networks from which SIP is taken. PCMU, PCMA and G.722; SIP by UDP and TCP.
"""

import asyncio
import email.policy
import ipaddress
import json
import os
import re
import secrets
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

ANNOUNCE = os.environ.get("ANNOUNCE", "http://127.0.0.1:9091")
TOKEN = Path(os.environ["TOKEN_FILE"]).read_text().strip()
AGENTS = re.compile(os.environ["AGENTS"])
NOTICE = os.environ.get("NOTICE", "false") == "true"
PEERS = [ipaddress.ip_network(one) for one in os.environ.get("PEERS", "127.0.0.0/8").split(",")]
HOST, _, PORT = os.environ.get("LISTEN", "127.0.0.1:5060").rpartition(":")

FORMATS = {"0": ("ulaw", "PCMU/8000"), "8": ("alaw", "PCMA/8000"), "9": ("g722", "G722/8000")}
SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "c": "content-type", "l": "content-length", "m": "contact"}
MOST_BYTES = 65_536

Headers = list[tuple[str, str]]


class Refused(Exception):
    """The answer to a request that cannot be met: a status of SIP."""


def read(message: bytes) -> tuple[str, Headers, bytes]:
    """First line, headers by their long names in lower case, and body."""
    head, _, body = message.partition(b"\r\n\r\n")
    first, *lines = re.sub(r"\r\n[ \t]+", " ", head.decode(errors="replace")).split("\r\n")
    pairs = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return first, [(SHORT.get(name, name), value) for name, value in pairs], body


def value(headers: Headers, name: str) -> str:
    return next((text for one, text in headers if one == name), "")


def parts(headers: Headers, body: bytes) -> tuple[str, bytes]:
    """The session description and the metadata of a request."""
    head = f"Content-Type: {value(headers, 'content-type')}\r\nMIME-Version: 1.0\r\n\r\n".encode(errors="replace")
    found = {
        part.get_content_type(): part.get_payload(decode=True) or b""
        for part in email.message_from_bytes(head + body, policy=email.policy.HTTP).walk()
        if not part.is_multipart()
    }
    metadata = next((text for kind, text in found.items() if kind.startswith("application/rs-metadata")), b"")
    return bytes(found.get("application/sdp", b"")).decode(errors="replace"), bytes(metadata)


def media(description: str) -> list[dict[str, Any]]:
    """Each m line: its kind, payload types, label, and whether it is offered."""
    found: list[dict[str, Any]] = []
    for line in description.split("\n"):
        key, _, text = line.strip().partition("=")
        if key == "m":
            kind, port, _, *types = text.split()
            found.append({"kind": kind, "is_on": port != "0", "types": types, "label": ""})
        elif key == "a" and text.startswith("label:") and found:
            found[-1]["label"] = text.removeprefix("label:").strip()
    return found


def speakers(metadata: bytes) -> tuple[str, dict[str, str]]:
    """The session's id, and who speaks in the stream of each label, by address."""
    try:
        root = ET.fromstring(metadata)
    except ET.ParseError as error:
        raise Refused("400 Bad Metadata") from error
    session, aors, labels, sends = "", {}, {}, {}
    for node in root.iter():
        kind = node.tag.rpartition("}")[2]
        own = node.get(f"{kind}_id") or node.get("id") or ""
        children = {child.tag.rpartition("}")[2]: child for child in node}
        if kind == "session":
            session = session or own
        elif kind == "participant":
            name = children.get("nameID")
            aors[own] = (name.get("aor", "") if name is not None else node.findtext("{*}aor", "")).strip()
        elif kind == "stream":
            labels[own] = node.findtext("{*}label", "").strip()
        if kind in ("participant", "participantstreamassoc"):
            who = node.get("participant_id") or own
            sends |= {(send.text or "").strip(): who for send in node.iterfind("{*}send")}
    return session, {label: aors.get(sends[of], "") for of, label in labels.items() if of in sends}


class Recordings:
    """By the SIP dialogue: the call that was announced, and the answer that was given."""

    def __init__(self) -> None:
        self.calls: dict[str, tuple[str, str]] = {}

    def begin(self, dialogue: str, description: str, metadata: bytes) -> str:
        """The description that answers. Raises Refused."""
        if dialogue in self.calls:
            return self.calls[dialogue][1]
        session, who = speakers(metadata)
        lines = media(description)
        heard = [one for one in lines if one["kind"] == "audio" and one["is_on"] and one["label"] in who]
        for one in heard:
            one["type"] = next((kind for kind in one["types"] if kind in FORMATS), "")
            one["role"] = "agent" if AGENTS.search(who[one["label"]]) else "customer"
        if sorted(one["role"] for one in heard) != ["agent", "customer"] or not all(one["type"] for one in heard):
            raise Refused("488 Not Acceptable Here")
        call = {
            "call_id": session or dialogue,
            "notice_given": NOTICE,
            "legs": [{"role": one["role"], "rtp": FORMATS[one["type"]][0]} for one in heard],
        }
        for one, leg in zip(heard, ask("POST", "/calls", call)["legs"], strict=True):
            one["to"] = leg
        self.calls[dialogue] = (str(call["call_id"]), answer(lines))
        return self.calls[dialogue][1]

    def end(self, dialogue: str) -> None:
        if (known := self.calls.pop(dialogue, None)) is not None:
            ask("DELETE", f"/calls/{quote(known[0], safe='')}")


def answer(lines: list[dict[str, Any]]) -> str:
    said = ["v=0", f"o=- {secrets.randbits(32)} 1 IN IP4 {HOST}", "s=-", f"c=IN IP4 {HOST}", "t=0 0"]
    for one in lines:
        if "to" not in one:
            said.append(f"m={one['kind']} 0 RTP/AVP {' '.join(one['types'])}")
            continue
        kind, to = one["type"], one["to"]
        said += [f"m=audio {to['port']} RTP/AVP {kind}", f"c=IN IP4 {to['host']}", "a=recvonly"]
        said += [f"a=rtpmap:{kind} {FORMATS[kind][1]}", f"a=label:{one['label']}"]
    return "\r\n".join(said) + "\r\n"


def ask(method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
    data = json.dumps(body).encode() if body is not None else None
    asked = urllib.request.Request(ANNOUNCE + path, data, {"Authorization": f"Bearer {TOKEN}"}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=5) as answered:
            return json.loads(answered.read() or b"null")
    except (OSError, urllib.error.URLError) as error:
        raise Refused("503 Service Unavailable") from error


def respond(recordings: Recordings, message: bytes, transport: str) -> bytes:
    """Empty where a request asks for no answer."""
    first, headers, body = read(message)
    method = first.partition(" ")[0]
    if method == "ACK" or first.startswith("SIP/2.0"):
        return b""
    dialogue, said = value(headers, "call-id"), ""
    try:
        if method in ("INVITE", "UPDATE"):
            said = recordings.begin(dialogue, *parts(headers, body))
        elif method == "BYE":
            recordings.end(dialogue)
        elif method not in ("CANCEL", "OPTIONS"):
            raise Refused("501 Not Implemented")
        status = "200 OK"
    except Refused as refused:
        status = str(refused)
    except (ValueError, LookupError):
        status = "400 Bad Request"
    kept = [(name, text) for name, text in headers if name in ("via", "from", "to", "call-id", "cseq")]
    lines = [f"SIP/2.0 {status}", *(f"{name.title()}: {tagged(name, text, dialogue)}" for name, text in kept)]
    lines += [f"Contact: <sip:{HOST}:{PORT};transport={transport}>;+sip.srs", "Supported: siprec"]
    lines += ["Accept: application/sdp, application/rs-metadata+xml"]
    lines += ["Content-Type: application/sdp"] if said else []
    return "\r\n".join([*lines, f"Content-Length: {len(said.encode())}", "", said]).encode()


def tagged(name: str, text: str, dialogue: str) -> str:
    # The same for each request of a dialogue, those that come twice included.
    return text if name != "to" or ";tag=" in text else f"{text};tag={hash(dialogue) & 0xFFFFFFFF:x}"


def is_peer(address: str) -> bool:
    return any(ipaddress.ip_address(address) in network for network in PEERS)


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, str], Any]) -> None:
        self.take, self.tasks = take, set[asyncio.Task[None]]()

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ANN401
        if is_peer(addr[0]):
            task = asyncio.ensure_future(self.answered(data, addr))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def answered(self, data: bytes, address: Any) -> None:  # noqa: ANN401
        if said := await self.take(data, "udp"):
            self.transport.sendto(said, address)


async def main() -> None:
    recordings, one_at_a_time = Recordings(), asyncio.Lock()

    async def take(message: bytes, transport: str) -> bytes:
        async with one_at_a_time:
            return await asyncio.to_thread(respond, recordings, message, transport)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while is_peer(writer.get_extra_info("peername")[0]):
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(value(read(head)[1], "content-length") or 0)
                if size > MOST_BYTES:
                    return
                writer.write(await take(head + await reader.readexactly(size), "tcp"))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, HOST, int(PORT), limit=MOST_BYTES)
    port = server.sockets[0].getsockname()[1]
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: Datagrams(take), local_addr=(HOST, port))
    print(f"listens on {HOST}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
