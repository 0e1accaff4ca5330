from __future__ import annotations

import sys

import numpy as np
import pytest

from tonewatch.stream.doors.rtp.decoder import Decoder
from tonewatch.stream.doors.rtp.encoder import Encoder
from tonewatch.stream.doors.rtp.formats import FORMATS
from tonewatch.stream.errors import DependencyError


def test_mu_law_and_a_law_go_on_as_they_came() -> None:
    assert Decoder().decode(b"\x01\x02", FORMATS["ulaw"]) == ("mulaw", 8_000, b"\x01\x02")
    assert Decoder().decode(b"\x01\x02", FORMATS["alaw"]) == ("alaw", 8_000, b"\x01\x02")


def test_linear_audio_comes_in_network_order() -> None:
    assert Decoder().decode(b"\x01\x02\xff\xfe", FORMATS["slin16"]) == ("pcm16", 16_000, b"\x02\x01\xfe\xff")


def test_half_a_sample_at_the_end_is_left_out() -> None:
    assert Decoder().decode(b"\x01\x02\xff", FORMATS["slin"]) == ("pcm16", 8_000, b"\x02\x01")


def test_g722_is_heard_as_it_was_spoken() -> None:
    spoken = (8_000 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)).astype(np.int16)
    sender, decoder = Encoder(FORMATS["g722"]), Decoder()
    sent = [sender.encode(spoken[at : at + 320].tobytes()) for at in range(0, 16_000, 320)]
    heard = np.frombuffer(b"".join(decoder.decode(one, FORMATS["g722"])[2] for one in sent), dtype="<i2")
    assert {len(one) for one in sent} == {160} and len(heard) == len(spoken)
    assert np.corrcoef(spoken[1_000:9_000], heard[1_022:9_022])[0, 1] > 0.999


def test_g722_without_pyav_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DependencyError, match="format=slin16"):
        Decoder().decode(bytes(160), FORMATS["g722"])
