import io
from collections.abc import Callable

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.errors import Unprocessable
from tonewatch.workers.audio import codecs

ALL_BYTES = bytes(range(256))
SUBTYPES = {"mulaw": "ULAW", "alaw": "ALAW"}


def soundfile_decode(payload: bytes, subtype: str) -> np.ndarray:
    samples, _ = soundfile.read(
        io.BytesIO(payload), format="RAW", subtype=subtype, samplerate=8000, channels=1, dtype="float32"
    )
    return np.asarray(samples)


def soundfile_encode(samples: np.ndarray, subtype: str) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, 8000, format="RAW", subtype=subtype)
    return out.getvalue()


@pytest.mark.parametrize("codec", ["mulaw", "alaw"])
def test_every_code_decodes_as_libsndfile_decodes_it(codec: str) -> None:
    ours = codecs.decode(ALL_BYTES, codec)
    np.testing.assert_array_equal(ours, soundfile_decode(ALL_BYTES, SUBTYPES[codec]))
    assert ours.dtype == np.float32


@pytest.mark.parametrize("codec", ["mulaw", "alaw"])
def test_every_decoded_code_encodes_back_to_itself(codec: str) -> None:
    again = codecs.encode(codecs.decode(ALL_BYTES, codec), codec)
    # mu-law has two zeros; the negative one comes back as the positive one
    expected = ALL_BYTES.replace(b"\x7f", b"\xff") if codec == "mulaw" else ALL_BYTES
    assert again == expected


@pytest.mark.parametrize("codec", ["mulaw", "alaw"])
def test_encoding_loses_no_more_than_libsndfile_does(codec: str) -> None:
    linear = np.arange(-32_000, 32_001, dtype=np.int16)
    exact = linear / 32_768
    ours = np.abs(codecs.decode(codecs.encode(exact.astype(np.float32), codec), codec) - exact)
    theirs = np.abs(codecs.decode(soundfile_encode(linear, SUBTYPES[codec]), codec) - exact)
    assert ours.mean() <= theirs.mean() * 1.001
    assert ours.max() <= theirs.max() * 1.03


@given(st.binary(max_size=400).map(lambda raw: raw[: len(raw) // 2 * 2]))
def test_pcm16_comes_back_byte_for_byte(payload: bytes) -> None:
    assert codecs.encode(codecs.decode(payload, "pcm16"), "pcm16") == payload


def test_samples_beyond_full_scale_are_clipped() -> None:
    loud = np.array([2.0, -2.0], dtype=np.float32)
    assert codecs.decode(codecs.encode(loud, "pcm16"), "pcm16").tolist() == [32_767 / 32_768, -1.0]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: codecs.decode(b"abc", "pcm16"), "odd_length"),
        (lambda: codecs.decode(b"abc", "opus"), "unknown_codec"),
        (lambda: codecs.encode(np.zeros(3, np.float32), "opus"), "unknown_codec"),
        (lambda: codecs.check_rate(11_025), "unsupported_rate"),
    ],
)
def test_what_cannot_be_decoded_says_why(call: Callable[[], object], reason: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        call()
    assert caught.value.reason == reason


def test_resampling_keeps_a_tone_and_its_length() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000).astype(np.float32)
    up = codecs.resample(tone, 8000)
    assert len(up) == 16_000
    assert np.argmax(np.abs(np.fft.rfft(up))) == 1000
    assert codecs.resample(tone, 8000, 8000) is tone
