from __future__ import annotations

import pytest

from tonewatch.stream.doors.frames import Frame, from_network_order, interleaved, parted
from tonewatch.stream.errors import Unprocessable


def test_interleaved_channels_are_parted_and_come_together_again() -> None:
    assert parted(b"aAbBcC", 2, "mulaw") == [b"abc", b"ABC"]
    assert parted(b"\1\0\2\0\3\0\4\0", 2, "pcm16") == [b"\1\0\3\0", b"\2\0\4\0"]
    assert parted(b"xyz", 1, "alaw") == [b"xyz"]
    assert interleaved(parted(b"\1\0\2\0\3\0\4\0", 2, "pcm16"), "pcm16") == b"\1\0\2\0\3\0\4\0"


def test_audio_that_ends_within_a_sample_is_refused() -> None:
    with pytest.raises(Unprocessable, match="within a sample"):
        parted(b"abc", 2, "mulaw")


def test_samples_in_network_order_are_turned() -> None:
    assert from_network_order(b"\0\1\2\3") == b"\1\0\3\2"


def test_a_frame_knows_how_long_it_lasts() -> None:
    assert (
        Frame(0, 0, bytes(320), "pcm16", 8_000).duration_ms == Frame(0, 0, bytes(160), "alaw", 8_000).duration_ms == 20
    )
