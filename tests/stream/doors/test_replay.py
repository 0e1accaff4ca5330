"""Files in, messages out: any rate and format, clear errors for what is no audio."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from tonewatch.stream.cli import build
from tonewatch.stream.doors.audio_file import chunks, inspect, roles_for
from tonewatch.stream.doors.replay import RATE_HZ, About, parse_roles, plan, read_about, replay
from tonewatch.stream.errors import AudioFileError, BrokerError, SettingsError
from tonewatch.stream.kafka.clients import make_producer, start
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted
from tonewatch.stream.settings import KafkaSettings

if TYPE_CHECKING:
    from tests.conftest import Clock


def tone(
    path: Path, *, rate_hz: int = 8000, channels: int = 1, seconds: float = 1.0, subtype: str | None = None
) -> Path:
    t = np.arange(int(rate_hz * seconds)) / rate_hz
    samples = np.stack([0.5 * np.sin(2 * np.pi * (200 + 100 * c) * t) for c in range(channels)], axis=1)
    soundfile.write(str(path), samples, rate_hz, subtype=subtype)
    return path


async def replayed(path: Path, **options: object) -> list[CallMessage]:
    found: list[CallMessage] = []

    async def send(message: CallMessage) -> None:
        found.append(message)

    about = options.pop("about", None)
    assert about is None or isinstance(about, About)
    call = plan(path, roles=None, about=about, notice_given=bool(options.pop("notice", True)), suffix="x")
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
    tmp_path: Path, name: str, rate_hz: int, channels: int, subtype: str | None
) -> None:
    found = await replayed(tone(tmp_path / name, rate_hz=rate_hz, channels=channels, subtype=subtype))
    assert isinstance(found[0], CallStarted)
    assert isinstance(found[-1], CallEnded)
    sent = [m for m in found if isinstance(m, AudioChunk)]
    assert {m.channel for m in sent} == set(range(channels))
    assert [m.start_ms for m in sent if m.channel == 0] == [0, 200, 400, 600, 800]
    assert all((m.rate_hz, len(m.payload)) == (RATE_HZ, 3200) for m in sent)


async def test_the_sound_survives_the_change_of_rate(tmp_path: Path) -> None:
    found = await replayed(tone(tmp_path / "a.flac", rate_hz=44100))
    pcm = b"".join(m.payload for m in found if isinstance(m, AudioChunk))
    spectrum = np.abs(np.fft.rfft(np.frombuffer(pcm, dtype="<i2").astype(float)))
    assert np.argmax(spectrum) * RATE_HZ / (len(pcm) / 2) == pytest.approx(200, abs=1)


async def test_the_last_chunk_may_be_short_and_nothing_is_cut_off(tmp_path: Path) -> None:
    found = await replayed(tone(tmp_path / "a.wav", seconds=0.33))
    assert [len(m.payload) for m in found if isinstance(m, AudioChunk)] == [3200, 2080]
    assert isinstance(found[-1], CallEnded)
    assert found[-1].duration_ms == 330


async def test_real_time_waits_until_each_chunk_would_have_been_heard(tmp_path: Path, clock: Clock) -> None:
    sent: list[tuple[int, int]] = []

    async def send(message: CallMessage) -> None:
        if isinstance(message, AudioChunk):
            sent.append((message.start_ms, message.captured_at_ms))

    call = plan(tone(tmp_path / "a.wav"), roles=None, about=None, notice_given=True, suffix="x")
    await replay(call, send, speed=1, now_ms=lambda: round(1000 * clock()), sleep=clock.sleep)
    assert sent == [(0, 200), (200, 400), (400, 600), (600, 800), (800, 1000)]


def test_two_channels_are_customer_and_agent_and_one_is_both_in_one(tmp_path: Path) -> None:
    assert roles_for(inspect(tone(tmp_path / "a.wav", channels=2)), None) == ("customer", "agent")
    assert roles_for(inspect(tone(tmp_path / "b.wav")), None) == ("mixed",)
    with pytest.raises(AudioFileError, match="2 channels but --channels customer"):
        roles_for(inspect(tmp_path / "a.wav"), ("customer",))
    with pytest.raises(AudioFileError, match="3 channels but no --channels"):
        roles_for(inspect(tone(tmp_path / "c.wav", channels=3)), None)


def test_an_unknown_role_is_named() -> None:
    assert parse_roles("agent, customer") == ("agent", "customer")
    with pytest.raises(SettingsError, match="'boss' is no role"):
        parse_roles("customer,boss")


def test_what_is_no_audio_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("this is a letter, not a sound")
    soundfile.write(str(tmp_path / "none.wav"), np.zeros(0), 8000)
    for name, why in [
        ("gone.wav", "no such file"),
        ("empty.wav", "0 bytes"),
        ("text.wav", "not readable"),
        ("none.wav", "0 samples"),
    ]:
        with pytest.raises(AudioFileError, match=why):
            inspect(tmp_path / name)


async def test_a_file_that_breaks_off_still_ends_its_call(tmp_path: Path) -> None:
    whole = tone(tmp_path / "a.flac", seconds=3.0).read_bytes()
    broken = tmp_path / "broken.flac"
    broken.write_bytes(whole[: len(whole) // 2])
    found: list[CallMessage] = []

    async def send(message: CallMessage) -> None:
        found.append(message)

    call = plan(broken, roles=None, about=None, notice_given=True, suffix="x")
    with pytest.raises(AudioFileError, match="damaged"):
        await replay(call, send, speed=0)
    assert isinstance(found[-1], CallEnded)


def test_chunks_of_a_long_file_are_read_piece_by_piece(tmp_path: Path) -> None:
    blocks = chunks(inspect(tone(tmp_path / "a.wav", rate_hz=16000, seconds=5.0, channels=2)), 8000)
    assert [len(b) for b in blocks] == [1600] * 25


async def test_the_about_file_names_the_call_and_its_notice_wins(tmp_path: Path) -> None:
    tone(tmp_path / "a.wav")
    listing = tmp_path / "about.json"
    listing.write_text('[{"file": "a.wav", "title": "A call", "queue": "billing", "notice_given": false, "kind": "x"}]')
    started = (await replayed(tmp_path / "a.wav", about=read_about(listing)["a.wav"], notice=True))[0]
    assert isinstance(started, CallStarted)
    assert (started.title, started.queue, started.notice_given) == ("A call", "billing", False)
    listing.write_text("{}")
    with pytest.raises(SettingsError, match="not a JSON list of calls"):
        read_about(listing)


def test_the_command_skips_what_it_cannot_read_and_fails_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound")
    result = CliRunner().invoke(build(["replay"]), ["replay", str(tmp_path / "text.wav"), str(tmp_path / "gone.wav")])
    assert result.exit_code == 1
    assert "skipped" in result.output
    assert "no such file" in result.output


def test_a_broker_that_is_not_there_is_one_clear_error(tmp_path: Path, free_port: int) -> None:
    async def connect() -> None:
        settings = KafkaSettings(kafka=f"127.0.0.1:{free_port}")
        await start(make_producer(settings), settings, retry_for_s=0.0)

    with pytest.raises(BrokerError, match="TONEWATCH_KAFKA"):
        asyncio.run(connect())
