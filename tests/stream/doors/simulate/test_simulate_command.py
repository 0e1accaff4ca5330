from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tonewatch.stream.doors.simulate.simulate_command import simulate
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import CallEnded, CallStarted

if TYPE_CHECKING:
    from tests.stream.doors.conftest import Door

Opened = Callable[..., AbstractAsyncContextManager["Door"]]

SECRETS = (
    "twilio - auth-token; websocket - the-token; audiohook - the-key c2VjcmV0LXdvcmQ=; "
    "freeswitch - the-user the-password; livekit - livekit-secret"
)


@pytest.mark.parametrize(
    ("system", "secret"),
    [
        ("twilio", "auth-token"),
        ("websocket", "the-token"),
        ("audiohook", "the-key c2VjcmV0LXdvcmQ="),
        ("freeswitch", "the-user the-password"),
        ("livekit", "livekit-secret"),
    ],
)
async def test_each_system_is_played_as_it_is_asked_for(
    system: str, secret: str, opened_door: Opened, tone: Callable[..., Path], tmp_path: Path
) -> None:
    file = tone(tmp_path / "a.wav", channels=2, seconds=0.5)
    (tmp_path / "secret").write_text(secret + "\n")
    async with opened_door(secrets=SECRETS) as door:
        words = [system, str(file), "--url", door.url(f"/{system}"), "--speed", "0", "--suffix", "x", "--notice-given"]
        words += ["--secret-file", str(tmp_path / "secret"), "--hold", "0.2", "--hold-s", "0.1"]
        # In a thread: the command has a loop of its own, and the door is in this one.
        done = await asyncio.to_thread(CliRunner().invoke, simulate, words, catch_exceptions=False)
        await door.until(lambda: CallEnded in door.kinds)
        begin = door.written[0]
        assert done.exit_code == 0 and isinstance(begin, CallStarted)
        assert f"a-x: a.wav to {door.url(f'/{system}')}" in done.stderr
        assert (begin.call_id, begin.notice_given, begin.roles) == ("a-x", True, ("customer", "agent"))


def test_a_secret_file_that_is_none_is_told_without_its_content(tone: Callable[..., Path], tmp_path: Path) -> None:
    file = tone(tmp_path / "a.wav", channels=2, seconds=0.2)
    (tmp_path / "secret").write_text("one two three")
    with pytest.raises(SettingsError, match="--secret-file") as told:
        CliRunner().invoke(
            simulate, ["twilio", str(file), "--secret-file", str(tmp_path / "secret")], catch_exceptions=False
        )
    assert "three" not in str(told.value)
