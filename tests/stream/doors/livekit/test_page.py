"""What the page has an application do, done as it stands there."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from tonewatch.stream.doors.credentials import Secret
from tonewatch.stream.doors.livekit.session import LiveKitDoor
from tonewatch.stream.doors.session import Began, Knock

PAGE = Path(__file__).parents[4] / "stream" / "doors" / "README.md"


def test_an_address_that_is_made_as_the_page_says_is_let_in() -> None:
    section = PAGE.read_text().partition("## LiveKit")[2]
    (code,) = re.findall(r"```python\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    said: dict[str, Any] = {}
    exec(code, said)
    url = said["address"]("room-1", "customer", b"a-long-secret")
    path = url.removeprefix("wss://door.example.org")
    secrets = [Secret("livekit", "beta", "another-secret"), Secret("livekit", "acme", "a-long-secret")]
    door = LiveKitDoor(time.time)
    assert door.admit(Knock(url, path), secrets) == "acme"
    began, *_ = door.session(Knock(url, path)).take(bytes(3_840))
    assert isinstance(began, Began)
    facts = began.facts
    assert (facts.call_id, facts.roles, facts.notice_given, facts.queue) == (
        "room-1",
        ("customer", "agent"),
        True,
        "claims",
    )
