"""Files in, messages out: any rate and format, clear errors for what is no audio."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from tonewatch.stream.doors.audio_file import FileRoles
from tonewatch.stream.doors.replay import RATE_HZ, About, parse_roles, plan, read_about, replay
from tonewatch.stream.errors import AudioFileError, SettingsError
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted

if TYPE_CHECKING:
    from tests.conftest import Clock


Tone = Callable[..., Path]


async def replayed(path: Path, **options: object) -> list[CallMessage]:
    found: list[CallMessage] = []

    async def send(message: CallMessage) -> None:
        found.append(message)

    about = options.pop("about", None)
    assert about is None or isinstance(about, About)
    roles = cast("FileRoles | None", options.pop("roles", None))
    call = plan(path, roles=roles, about=about, notice_given=bool(options.pop("notice", True)), suffix="x")
    await replay(call, send, speed=0, now_ms=lambda: 5)
    return found


@pytest.mark.parametrize(
    ("name", "rate_hz", "channels", "subtype"),
    [
        ("a.wav", 8000, 2, "ULAW"),
        ("a.wav", 8000, 1, "ALAW"),
        ("a.flac", 44100, 2, None),
        ("a.ogg", 48000, 1, None),
        ("a.wav", 16000, 2, "FLOAT"),
    ],
)
async def test_any_file_becomes_a_start_chunks_of_200_ms_and_an_end(
    tmp_path: Path, name: str, rate_hz: int, channels: int, subtype: str | None, tone: Tone
) -> None:
    found = await replayed(tone(tmp_path / name, rate_hz=rate_hz, channels=channels, subtype=subtype))
    assert isinstance(found[0], CallStarted)
    assert isinstance(found[-1], CallEnded)
    sent = [m for m in found if isinstance(m, AudioChunk)]
    assert {m.channel for m in sent} == set(range(channels))
    assert [m.start_ms for m in sent if m.channel == 0] == [0, 200, 400, 600, 800]
    assert all((m.rate_hz, len(m.payload)) == (RATE_HZ, 3200) for m in sent)


async def test_the_sound_survives_the_change_of_rate(tmp_path: Path, tone: Tone) -> None:
    found = await replayed(tone(tmp_path / "a.flac", rate_hz=44100))
    pcm = b"".join(m.payload for m in found if isinstance(m, AudioChunk))
    spectrum = np.abs(np.fft.rfft(np.frombuffer(pcm, dtype="<i2").astype(float)))
    assert np.argmax(spectrum) * RATE_HZ / (len(pcm) / 2) == pytest.approx(200, abs=1)


async def test_the_last_chunk_may_be_short_and_nothing_is_cut_off(tmp_path: Path, tone: Tone) -> None:
    found = await replayed(tone(tmp_path / "a.wav", seconds=0.33))
    assert [len(m.payload) for m in found if isinstance(m, AudioChunk)] == [3200, 2080]
    assert isinstance(found[-1], CallEnded)
    assert found[-1].duration_ms == 330


async def test_real_time_waits_until_each_chunk_would_have_been_heard(tmp_path: Path, clock: Clock, tone: Tone) -> None:
    sent: list[tuple[int, int]] = []

    async def send(message: CallMessage) -> None:
        if isinstance(message, AudioChunk):
            sent.append((message.start_ms, message.captured_at_ms))

    call = plan(tone(tmp_path / "a.wav"), roles=None, about=None, notice_given=True, suffix="x")
    await replay(call, send, speed=1, now_ms=lambda: round(1000 * clock()), sleep=clock.sleep)
    assert sent == [(0, 200), (200, 400), (400, 600), (600, 800), (800, 1000)]


def test_an_unknown_role_is_named() -> None:
    assert parse_roles("agent, customer") == ("agent", "customer")
    with pytest.raises(SettingsError, match="'boss' is no role"):
        parse_roles("customer,boss")
    with pytest.raises(SettingsError, match="every channel is left out"):
        parse_roles("-,-")


async def test_a_channel_that_is_left_out_is_not_sent_and_the_others_move_up(tmp_path: Path, tone: Tone) -> None:
    found = await replayed(tone(tmp_path / "three.wav", channels=3), roles=parse_roles("-,agent,customer"))
    started, chunks = found[0], [m for m in found if isinstance(m, AudioChunk)]
    assert isinstance(started, CallStarted) and started.roles == ("agent", "customer")
    assert {(m.channel, m.role) for m in chunks} == {(0, "agent"), (1, "customer")}
    pcm = b"".join(m.payload for m in chunks if m.role == "customer")
    assert np.argmax(np.abs(np.fft.rfft(np.frombuffer(pcm, dtype="<i2").astype(float)))) == 400


async def test_a_file_that_breaks_off_still_ends_its_call(tmp_path: Path, tone: Tone) -> None:
    broken = tone(tmp_path / "broken.flac", seconds=3.0)
    whole = broken.read_bytes()
    found: list[CallMessage] = []

    async def send(message: CallMessage) -> None:
        found.append(message)

    call = plan(broken, roles=None, about=None, notice_given=True, suffix="x")
    broken.write_bytes(whole[: len(whole) // 2])  # As it was looked at, it was whole.
    with pytest.raises(AudioFileError, match="damaged"):
        await replay(call, send, speed=0)
    assert isinstance(found[-1], CallEnded)


async def test_the_about_file_names_the_call_and_its_notice_wins(tmp_path: Path, tone: Tone) -> None:
    tone(tmp_path / "a.wav")
    listing = tmp_path / "about.json"
    listing.write_text('[{"file": "a.wav", "title": "A call", "queue": "billing", "notice_given": false, "kind": "x"}]')
    started = (await replayed(tmp_path / "a.wav", about=read_about(listing)["a.wav"], notice=True))[0]
    assert isinstance(started, CallStarted)
    assert (started.title, started.queue, started.notice_given) == ("A call", "billing", False)
    listing.write_text("{}")
    with pytest.raises(SettingsError, match="not a JSON list of calls"):
        read_about(listing)
