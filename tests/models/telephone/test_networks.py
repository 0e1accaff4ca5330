from __future__ import annotations

import numpy as np
import pytest

from tonewatch.models import telephone
from tonewatch.models.shipped import voice_like
from tonewatch.models.telephone import NETWORK_CODECS, Samples, networks
from tonewatch.stream.errors import DependencyError


def voice(name: str, seconds: float = 1.2) -> Samples:
    """A gliding buzz at the codec's own rate, silent at first and louder later: a shape that occurs once."""
    rate_hz = NETWORK_CODECS[name].rate_hz
    buzz = voice_like(seconds, 130.0)[:: 16_000 // rate_hz]
    loudness = np.clip(np.arange(buzz.size) / buzz.size - 0.2, 0.0, None)
    return np.asarray(0.5 * buzz / np.abs(buzz).max() * loudness, dtype=np.float32)


def levels_db(samples: Samples) -> np.ndarray:
    frames = samples[: samples.size // 160 * 160].reshape(-1, 160)
    return np.asarray(10.0 * np.log10(np.mean(frames**2, axis=1) + 1e-5))


EVERY = [(name, bit_rate) for name, codec in NETWORK_CODECS.items() for bit_rate in codec.bit_rates]


@pytest.mark.parametrize(("name", "bit_rate"), EVERY)
def test_a_codec_keeps_length_and_loudness_and_not_the_samples(name: str, bit_rate: int) -> None:
    sent = voice(name)
    output = telephone.through(sent, name, bit_rate)
    assert (output.size, output.dtype) == (sent.size, np.dtype(np.float32))
    assert np.abs(output).max() <= 1.5
    assert np.corrcoef(levels_db(sent), levels_db(output))[0, 1] > 0.95
    assert not np.allclose(output, sent, atol=1e-4)


@pytest.mark.parametrize("name", NETWORK_CODECS)
def test_a_decoded_voice_is_in_time_with_the_original(name: str) -> None:
    rate_hz = NETWORK_CODECS[name].rate_hz
    loudness = np.repeat(np.random.default_rng(0).random(60), rate_hz // 50)
    sent = np.asarray(0.5 * loudness * np.sign(voice_like(1.2, 130.0)[:: 16_000 // rate_hz]), dtype=np.float32)
    output = telephone.through(sent, name, NETWORK_CODECS[name].bit_rates[-1])
    assert abs(lag(envelope(sent, rate_hz), envelope(output, rate_hz))) <= rate_hz // 320  # 3 ms


def envelope(samples: Samples, rate_hz: int) -> np.ndarray:
    """Mean magnitude over 2.5 ms."""
    size = rate_hz // 400
    smooth = np.convolve(np.abs(samples), np.full(size, 1.0 / size), "same")
    return np.asarray(smooth - smooth.mean())


def lag(first: np.ndarray, second: np.ndarray) -> int:
    size = 2 * first.size
    correlation = np.fft.irfft(np.fft.rfft(second, size) * np.conj(np.fft.rfft(first, size)))
    near = np.arange(-200, 201)
    return int(near[np.argmax(correlation[near])])


@pytest.mark.parametrize("name", ["g726", "amr-nb", "opus"])
def test_more_bits_make_fewer_errors(name: str) -> None:
    sent, rates = voice(name), NETWORK_CODECS[name].bit_rates
    few, many = (telephone.rms(telephone.through(sent, name, rate) - sent) for rate in (rates[0], rates[-1]))
    assert many < few


@pytest.mark.parametrize("name", NETWORK_CODECS)
@pytest.mark.parametrize("size", [0, 1, 159])
def test_very_little_goes_through_too(name: str, size: int) -> None:
    for samples in (np.zeros(size, dtype=np.float32), np.full(size, 2.0, dtype=np.float32)):
        output = telephone.through(samples, name, NETWORK_CODECS[name].bit_rates[0])
        assert output.size == size
        assert np.isfinite(output).all()


@pytest.mark.parametrize("name", NETWORK_CODECS)
def test_the_same_samples_give_the_same_answer(name: str) -> None:
    first, again = (telephone.through(voice(name, 0.3), name, NETWORK_CODECS[name].bit_rates[0]) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_each_rate_has_its_codecs() -> None:
    assert set(telephone.codecs_at(8000)) | set(telephone.codecs_at(16_000)) == set(NETWORK_CODECS)
    assert telephone.codecs_at(44_100) == ()


def test_a_codec_whose_package_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "find_spec", lambda name: None)
    with pytest.raises(DependencyError, match="pip install av"):
        telephone.through(voice("amr-nb", 0.1), "amr-nb", 12_200)
    assert telephone.through(voice("gsm", 0.1), "gsm", 13_200).any()


def test_a_codec_that_pyav_was_built_without_is_named() -> None:
    with pytest.raises(DependencyError, match="built without no_such_codec"):
        networks.by_libav("no_such_codec", "amrnb", 8000)(voice("amr-nb", 0.1), 12_200)
