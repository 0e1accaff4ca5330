"""Sends both legs of every answered call of an Asterisk to Tonewatch, by ARI: snoop channels and external media (RTP).

    pip install aiohttp
    ARI=http://127.0.0.1:8088/ari ARI_KEY=user:password TONEWATCH_ANNOUNCE=https://door.example.org:9091 \
        TONEWATCH_TOKEN_FILE=token python ari_legs.py

Asterisk needs ari.conf with this user, http.conf with `enabled = yes`, and a dialplan that says where the announcement
is played that the caller was told: Set(__TONEWATCH_NOTICE=true), and Set(__TONEWATCH_QUEUE=claims).
"""

import asyncio
import base64
import contextlib
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

APP = "tonewatch"
FORMAT = os.environ.get("FORMAT", "slin16")  # or ulaw, alaw, g722, slin
ARI = os.environ.get("ARI", "http://127.0.0.1:8088/ari")
BASIC = base64.b64encode(os.environ["ARI_KEY"].encode()).decode()
ANNOUNCE = os.environ.get("TONEWATCH_ANNOUNCE", "http://127.0.0.1:9091")
TOKEN = Path(os.environ["TONEWATCH_TOKEN_FILE"]).read_text().strip()


class Calls:
    def __init__(self, ari: aiohttp.ClientSession, door: aiohttp.ClientSession) -> None:
        self.ari, self.door = ari, door
        self.made: dict[str, list[str]] = {}  # what was made for a call, by its caller's channel: to be taken away

    async def ask(self, method: str, path: str, **query: str) -> Any:  # noqa: ANN401
        async with self.ari.request(method, ARI + path, params=query) as answer:
            answer.raise_for_status()
            return await answer.json() if answer.status != 204 else None

    async def variable(self, channel: str, name: str) -> str:
        try:
            return str((await self.ask("GET", f"/channels/{quote(channel)}/variable", variable=name))["value"])
        except aiohttp.ClientResponseError:
            return ""

    async def answered(self, caller: str, agent: str) -> None:
        call = {
            "call_id": caller,
            "notice_given": await self.variable(caller, "TONEWATCH_NOTICE") == "true",
            "queue": await self.variable(caller, "TONEWATCH_QUEUE"),
            "legs": [{"role": "customer", "rtp": FORMAT}, {"role": "agent", "rtp": FORMAT}],
        }
        async with self.door.post(f"{ANNOUNCE}/calls", json=call) as answer:
            answer.raise_for_status()
            legs = (await answer.json())["legs"]
        self.made[caller] = []
        for channel, leg in zip((caller, agent), legs, strict=True):
            await self.send(caller, channel, f"{leg['host']}:{leg['port']}")

    async def send(self, call: str, channel: str, host: str) -> None:
        """What the channel's party says, and nothing else, to this address."""
        path = f"/channels/{quote(channel)}/snoop"
        snoop = await self.ask("POST", path, app=APP, spy="in", whisper="none")
        media = await self.ask("POST", "/channels/externalMedia", app=APP, external_host=host, format=FORMAT)
        bridge = await self.ask("POST", "/bridges", type="mixing")
        await self.ask("POST", f"/bridges/{bridge['id']}/addChannel", channel=f"{snoop['id']},{media['id']}")
        self.made[call] += [f"/channels/{snoop['id']}", f"/channels/{media['id']}", f"/bridges/{bridge['id']}"]

    async def ended(self, caller: str) -> None:
        for path in self.made.pop(caller):
            with contextlib.suppress(aiohttp.ClientResponseError):  # It went with the call.
                await self.ask("DELETE", path)
        async with self.door.delete(f"{ANNOUNCE}/calls/{quote(caller, safe='')}"):
            pass

    async def take(self, event: dict[str, Any]) -> None:
        if event["type"] == "Dial" and event.get("dialstatus") == "ANSWER" and "caller" in event:
            await self.answered(event["caller"]["id"], event["peer"]["id"])
        elif event["type"] == "ChannelDestroyed" and event["channel"]["id"] in self.made:
            await self.ended(event["channel"]["id"])


async def main() -> None:
    ari = aiohttp.ClientSession(headers={"Authorization": f"Basic {BASIC}"})
    door = aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"})
    async with ari, door:
        calls = Calls(ari, door)
        async with ari.ws_connect(f"{ARI}/events", params={"app": APP, "subscribeAll": "true"}) as events:
            async for message in events:
                try:
                    await calls.take(json.loads(message.data))
                except aiohttp.ClientError as error:
                    print(f"one call is not followed: {error}", flush=True)


asyncio.run(main())
