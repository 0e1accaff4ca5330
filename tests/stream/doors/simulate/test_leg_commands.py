from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.stream.doors.legs import TOKEN, Doors, doors
from tonewatch.stream.doors.simulate.simulate_command import simulate
from tonewatch.stream.errors import SettingsError

Tone = Callable[..., Path]


def words(opened: Doors, folder: Path) -> list[str]:
    (folder / "token").write_text(TOKEN + "\n")
    return ["--announce", opened.announcer.url, "--token-file", str(folder / "token"), "--suffix", "x"]


@pytest.mark.parametrize("more", [["--rate-hz", "16000"], ["--hold", "0.2", "--hold-s", "0.1", "--break", "0.3"]])
async def test_audiosocket_is_played_as_it_is_asked_for(tone: Tone, tmp_path: Path, more: list[str]) -> None:
    file = tone(tmp_path / "a.wav", channels=2, seconds=0.5)
    async with doors() as opened:
        asked = ["audiosocket", str(file), "--door", f"127.0.0.1:{opened.audiosocket.port}", "--speed", "0", *more]
        asked += [*words(opened, tmp_path), "--notice-given"]
        # In a thread: the command has a loop of its own, and the doors are in this one.
        done = await asyncio.to_thread(CliRunner().invoke, simulate, asked, catch_exceptions=False)
        await opened.all_ended()
    assert done.exit_code == 0 and opened.started().call_id == "acme:a-x" and opened.started().notice_given
    assert opened.chunks(0) and opened.chunks(1)


async def test_rtp_is_played_as_it_is_asked_for(tone: Tone, tmp_path: Path) -> None:
    file = tone(tmp_path / "a.wav", channels=2, seconds=0.5)
    async with doors() as opened:
        asked = ["rtp", str(file), "--codec", "alaw", "--twice", "0.2", *words(opened, tmp_path)]
        asked += ["--codec-later", "alaw", "--codec-later-at", "0.2"]
        done = await asyncio.to_thread(CliRunner().invoke, simulate, asked, catch_exceptions=False)
        await opened.all_ended()
    assert done.exit_code == 0 and not opened.started().notice_given
    assert {one.codec for one in opened.chunks(1)} == {"alaw"} and len(opened.audio(1)) == 4_000


def test_a_codec_that_is_none_is_told(tone: Tone, tmp_path: Path) -> None:
    file = tone(tmp_path / "a.wav", channels=2, seconds=0.2)
    with pytest.raises(SettingsError, match="slin16"):
        CliRunner().invoke(simulate, ["rtp", str(file), "--codec", "gsm"], catch_exceptions=False)
    with pytest.raises(SettingsError, match="cannot follow slin16"):
        words = ["rtp", str(file), "--codec", "slin16", "--codec-later", "ulaw"]
        CliRunner().invoke(simulate, words, catch_exceptions=False)


def test_a_token_file_that_is_not_there_is_told(tone: Tone, tmp_path: Path) -> None:
    file = tone(tmp_path / "a.wav", channels=2, seconds=0.2)
    with pytest.raises(SettingsError, match="--token-file"):
        CliRunner().invoke(
            simulate, ["audiosocket", str(file), "--token-file", str(tmp_path / "none")], catch_exceptions=False
        )
