from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tonewatch.stream.doors.audio_file import chunks, inspect, roles_for
from tonewatch.stream.doors.replay import parse_roles
from tonewatch.stream.errors import AudioFileError

Tone = Callable[..., Path]


def test_two_channels_are_customer_and_agent_and_one_is_both_in_one(tmp_path: Path, tone: Tone) -> None:
    assert roles_for(inspect(tone(tmp_path / "a.wav", channels=2)), None) == ("customer", "agent")
    assert roles_for(inspect(tone(tmp_path / "b.wav")), None) == ("mixed",)
    with pytest.raises(AudioFileError, match="2 channels but --channels customer"):
        roles_for(inspect(tmp_path / "a.wav"), ("customer",))


def test_the_advice_for_many_channels_can_be_followed(tmp_path: Path, tone: Tone) -> None:
    file = inspect(tone(tmp_path / "six.wav", channels=6))
    with pytest.raises(AudioFileError, match="6 channels but no --channels") as refused:
        roles_for(file, None)
    advised = str(refused.value).split("--channels ")[-1]
    assert roles_for(file, parse_roles(advised)) == ("customer", "agent", None, None, None, None)


def test_what_is_no_audio_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("this is a letter, not a sound")
    soundfile.write(str(tmp_path / "none.wav"), np.zeros(0), 8000)
    for name, why in [
        ("gone.wav", "no such file"),
        (".", "is a folder; name the files in it"),
        ("empty.wav", "0 bytes"),
        ("text.wav", "not readable"),
        ("none.wav", "0 samples"),
    ]:
        with pytest.raises(AudioFileError, match=why):
            inspect(tmp_path / name)


def test_chunks_of_a_long_file_are_read_piece_by_piece(tmp_path: Path, tone: Tone) -> None:
    blocks = chunks(inspect(tone(tmp_path / "a.wav", rate_hz=16000, seconds=5.0, channels=2)), 8000)
    assert [len(b) for b in blocks] == [1600] * 25
