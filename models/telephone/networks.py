"""Speech through the real codecs of telephone networks, encoded and decoded in memory.

| codec | used in | from |
|---|---|---|
| gsm | GSM full rate (06.10), 13.2 kbit/s | libsndfile |
| g726 | cordless telephones (DECT), 24, 32, 40 kbit/s | libsndfile, by its older names G.721 and G.723 |
| amr-nb | mobile networks, 4.75 to 12.2 kbit/s | PyAV |
| g723.1 | older voice over IP, 6.3 kbit/s | PyAV |
| opus | calls from a browser, 6 to 16 kbit/s, speech held to 4 kHz | PyAV |
| g722 | wide band, 64 kbit/s | PyAV |
| opus-wide | wide band, 12 to 24 kbit/s | PyAV |

Left out: AMR-WB, iLBC, G.729 and Speex, which PyAV's FFmpeg only decodes, and EVS, which it does not have.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from typing import cast

import numpy as np
import soundfile
import soxr

from tonewatch.models.telephone.g711 import Samples
from tonewatch.stream.errors import DependencyError

_ADPCM = {24_000: "G723_24", 32_000: "G721_32", 40_000: "G723_40"}


@dataclass(frozen=True)
class NetworkCodec:
    """`delay` is by how many samples the decoded voice comes late; `run` takes samples and bit rate."""

    rate_hz: int
    bit_rates: tuple[int, ...]
    delay: int
    run: Callable[[Samples, int], Samples]


def through(samples: Samples, name: str, bit_rate: int) -> Samples:
    """Encoded and decoded, at the codec's own rate, with the same length and in time with the original.

    KeyError for a codec that is not in NETWORK_CODECS; DependencyError when it needs PyAV and that is not installed.
    """
    codec = NETWORK_CODECS[name]
    if samples.size == 0:
        return samples
    decoded = codec.run(np.clip(samples, -1.0, 1.0), bit_rate)[codec.delay : codec.delay + samples.size]
    return np.pad(decoded, (0, samples.size - decoded.size))


def by_sndfile(kind: str, subtype: Callable[[int], str]) -> Callable[[Samples, int], Samples]:
    def run(samples: Samples, bit_rate: int) -> Samples:
        sent = io.BytesIO()
        soundfile.write(sent, samples, 8000, format=kind, subtype=subtype(bit_rate))
        sent.seek(0)
        # A raw file says nothing of itself.
        raw = {"samplerate": 8000, "channels": 1, "format": kind, "subtype": subtype(bit_rate)} if kind == "RAW" else {}
        return np.asarray(soundfile.read(sent, dtype="float32", **raw)[0], dtype=np.float32)

    return run


def by_libav(encoder: str, decoder: str, rate_hz: int, **options: str) -> Callable[[Samples, int], Samples]:
    def run(samples: Samples, bit_rate: int) -> Samples:
        if find_spec("av") is None:
            raise DependencyError(f"the codec {encoder} needs PyAV: pip install av")
        from av.codec.codec import UnknownCodecError

        try:
            packets, header = _encode(samples, encoder, rate_hz, bit_rate, options)
            return _decode(packets, header, decoder, rate_hz)
        except UnknownCodecError as error:
            raise DependencyError(f"this PyAV was built without {error}: install its wheel, pip install av") from error

    return run


def _encode(
    samples: Samples, encoder: str, rate_hz: int, bit_rate: int, options: dict[str, str]
) -> tuple[list[bytes], bytes | None]:
    """Packets, and what a decoder must know before the first. Two frames of silence push the last of the voice out."""
    import av

    sender = cast("av.AudioCodecContext", av.CodecContext.create(encoder, "w"))
    sender.sample_rate, sender.layout, sender.format = rate_hz, "mono", "s16"
    sender.bit_rate, sender.time_base, sender.options = bit_rate, Fraction(1, rate_hz), options
    sender.open()
    size = sender.frame_size or rate_hz // 50
    pcm = np.round(samples * 32767.0).astype(np.int16)
    pcm = np.concatenate([pcm, np.zeros(2 * size + -pcm.size % size, dtype=np.int16)])
    packets: list[bytes] = []
    for start in range(0, pcm.size, size):
        frame = av.AudioFrame.from_ndarray(pcm[None, start : start + size], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
        packets += [bytes(packet) for packet in sender.encode(frame)]
    packets += [bytes(packet) for packet in sender.encode(None)]
    return packets, sender.extradata


def _decode(packets: list[bytes], header: bytes | None, decoder: str, rate_hz: int) -> Samples:
    import av

    receiver = cast("av.AudioCodecContext", av.CodecContext.create(decoder, "r"))
    receiver.sample_rate, receiver.layout = rate_hz, "mono"
    if header:
        receiver.extradata = header
    sent = [*(av.Packet(packet) for packet in packets), None]
    frames = [frame for packet in sent for frame in receiver.decode(packet)]
    decoded = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    samples = decoded / np.float32(32768.0) if decoded.dtype == np.int16 else decoded
    # Opus plays at 48 kHz whatever was sent.
    played_hz = frames[0].sample_rate
    return np.asarray(samples if played_hz == rate_hz else soxr.resample(samples, played_hz, rate_hz), dtype=np.float32)


NETWORK_CODECS: Mapping[str, NetworkCodec] = {
    "gsm": NetworkCodec(8000, (13_200,), 0, by_sndfile("RAW", lambda _: "GSM610")),
    "g726": NetworkCodec(8000, tuple(_ADPCM), 0, by_sndfile("AU", lambda bit_rate: _ADPCM[bit_rate])),
    "amr-nb": NetworkCodec(8000, (4750, 5900, 7400, 12_200), 40, by_libav("libopencore_amrnb", "amrnb", 8000)),
    "g723.1": NetworkCodec(8000, (6300,), 60, by_libav("g723_1", "g723_1", 8000)),
    "opus": NetworkCodec(
        8000, (6000, 8000, 12_000, 16_000), 0, by_libav("libopus", "libopus", 8000, application="voip")
    ),
    "g722": NetworkCodec(16_000, (64_000,), 22, by_libav("g722", "g722", 16_000)),
    "opus-wide": NetworkCodec(
        16_000, (12_000, 16_000, 24_000), 0, by_libav("libopus", "libopus", 16_000, application="voip")
    ),
}


def codecs_at(rate_hz: int) -> tuple[str, ...]:
    """Names of the codecs that work at this rate."""
    return tuple(name for name, codec in NETWORK_CODECS.items() if codec.rate_hz == rate_hz)
