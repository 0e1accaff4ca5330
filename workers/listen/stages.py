"""What a listener does with the audio of calls, part by part: stages of `tonewatch bench stage`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

import msgspec
import numpy as np
import webrtcvad
from aiokafka import TopicPartition
from numpy.typing import NDArray

from tonewatch.stream.bench.load import Recording
from tonewatch.stream.bench.stages import Material, Stage
from tonewatch.stream.codec import decode_call, encode, encode_call
from tonewatch.stream.errors import DependencyError
from tonewatch.stream.messages import AudioChunk, Segment, SegmentMessage
from tonewatch.stream.service.metrics import Metrics
from tonewatch.workers import pitch, prosody
from tonewatch.workers.audio import codecs, quality
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.audio.echo import BandEnergies, measure
from tonewatch.workers.audio.mel import HOP, RATE_HZ, speech_mel
from tonewatch.workers.audio.voice_activity import FRAME_MS, VadSettings, VoiceActivity
from tonewatch.workers.encoder import LONGEST_S, SHORTEST_S, Encoder, default_encoder_path
from tonewatch.workers.encoder.gate import gate_path, load_gate
from tonewatch.workers.encoder.session import Session
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.call import ClosedSegment
from tonewatch.workers.listen.followed_call import FollowedCall
from tonewatch.workers.listen.speech_to_text import Transcriber, require_packages

LENGTHS_S: Final = (1.0, 2.0, 4.0, 8.0)
BATCH: Final = 4
WIDTH, LAYERS, BANDS = 384, 3, 80
"""Of Whisper tiny's encoder (Radford et al. 2022, table 1), of which the first three layers are run."""

T = TypeVar("T")

_PARTITION = TopicPartition("tonewatch.calls.v1", 0)


def stages(material: Material) -> Sequence[Stage]:
    """From the records of Kafka to the segments that are written; the material gets the segments."""
    heard = _Heard(material)
    return [*_intake(heard), *_analysis(heard), *_encoder(heard), *_words(heard)]


class _Heard:
    """The calls at every step of the way, found once.

    `audio`: of each channel its chunks as they lie in Kafka, in order; `samples` the same decoded. `spoken`: the
    callers' segments; `clips` their samples as the encoder takes them.
    """

    def __init__(self, material: Material) -> None:
        self.records = [encode_call(one) for call in material.recordings for one in call.messages]
        self.audio = [channel for call in material.recordings for channel in _channels(call)]
        self.samples = [[codecs.decode(one.payload, one.codec) for one in channel] for channel in self.audio]
        self.calls = [list(call.messages) for call in material.recordings]
        self.encoder = Encoder(default_encoder_path(["CPUExecutionProvider"]), providers=["CPUExecutionProvider"])
        closed = list(self.follow())
        self.spoken = [one for one in closed if isinstance(one, ClosedSegment) and one.role == "customer"]
        self.clips = [codecs.resample(one.segment.samples, one.segment.rate_hz) for one in self.spoken]
        self.clips = [clip[: int(LONGEST_S * RATE_HZ)] for clip in self.clips if len(clip) >= SHORTEST_S * RATE_HZ]
        analysis = Analysis(self.encoder, Metrics())
        material.segments = [_message(analysis, one) for one in closed]
        material.speech_s = sum(one.segment.speech_ms for one in self.spoken) / 1000

    def follow(self) -> Iterator[SegmentMessage | ClosedSegment]:
        """Everything that a listener's calls bring out, as it does."""
        for messages in self.calls:
            yield from FollowedCall(messages[0].call_id).follow(messages)


def _each(work: Callable[[T], object], items: Iterable[T]) -> None:
    for one in items:
        work(one)


def _channels(call: Recording) -> list[list[AudioChunk]]:
    chunks = [one for one in call.messages if isinstance(one, AudioChunk)]
    return [[one for one in chunks if one.channel == channel] for channel in sorted({c.channel for c in chunks})]


def _message(analysis: Analysis, one: SegmentMessage | ClosedSegment) -> SegmentMessage:
    return analysis.segment(one, _PARTITION)[0] if isinstance(one, ClosedSegment) else one


# --- from chunks to segments ------------------------------------------------------------------------------------------


def _intake(heard: _Heard) -> list[Stage]:
    whole = "intake: chunks to segments"
    plain = msgspec.msgpack.Decoder(AudioChunk)
    chunks = [encode_call(one) for channel in heard.audio for one in channel]
    return [
        Stage(
            "records read",
            lambda: [decode_call(one) for one in heard.records],
            lambda: [plain.decode(one) for one in chunks],
            "decoded without a check",
        ),
        Stage(
            whole,
            lambda: list(heard.follow()),
            lambda: _each(lambda part: part(heard), (_plain_activity, _plain_decode)),
            "webrtcvad once a frame, and decoding",
        ),
        Stage(
            "decode",
            lambda: [codecs.decode(one.payload, one.codec) for channel in heard.audio for one in channel],
            lambda: _plain_decode(heard),
            "a channel in one piece",
            within=whole,
        ),
        Stage(
            "voice activity",
            lambda: _activity(heard),
            lambda: _plain_activity(heard),
            "webrtcvad once a frame",
            within=whole,
        ),
        Stage(
            "band energies", lambda: _energies(heard), lambda: _plain_energies(heard), "the transforms", within=whole
        ),
        Stage("echo of each segment", _echo_of(heard), within=whole),
    ]


def _plain_decode(heard: _Heard) -> None:
    for channel in heard.audio:
        codecs.decode(b"".join(one.payload for one in channel), channel[0].codec)


def _activity(heard: _Heard) -> None:
    for chunks, samples in zip(heard.audio, heard.samples, strict=True):
        activity = VoiceActivity(chunks[0].rate_hz)
        for one in samples:
            activity.push(one)
        activity.flush()


def _plain_activity(heard: _Heard) -> None:
    for chunks, samples in zip(heard.audio, heard.samples, strict=True):
        rate_hz = chunks[0].rate_hz
        detector = webrtcvad.Vad(VadSettings().aggressiveness)
        pcm, width = codecs.to_int16(np.concatenate(samples)).tobytes(), 2 * rate_hz * FRAME_MS // 1000
        for first in range(0, len(pcm) - width + 1, width):
            detector.is_speech(pcm[first : first + width], rate_hz)


def _banded(heard: _Heard) -> Iterator[tuple[list[AudioChunk], BandEnergies]]:
    for chunks, samples in zip(heard.audio, heard.samples, strict=True):
        energies = BandEnergies()
        for chunk, one in zip(chunks, samples, strict=True):
            energies.add(one, chunk.start_ms, chunk.rate_hz)
        yield chunks, energies


def _energies(heard: _Heard) -> None:
    for chunks, energies in _banded(heard):
        energies.read(chunks[-1].start_ms - 4_000, chunks[-1].start_ms)


def _plain_energies(heard: _Heard) -> None:
    for chunks, samples in zip(heard.audio, heard.samples, strict=True):
        width = chunks[0].rate_hz // 50
        whole = np.concatenate(samples)
        np.fft.rfft(np.lib.stride_tricks.sliding_window_view(whole, width)[:: width // 2], axis=1)


def _echo_of(heard: _Heard) -> Callable[[], object]:
    """Each caller's segment beside the other channel, as far as the energies of the call's end go."""
    pairs = [energies for _, energies in _banded(heard)]
    last_ms = [chunks[-1].start_ms for chunks in heard.audio]
    count = len(heard.spoken) * 2 // max(1, len(pairs))

    def run() -> None:
        for number in range(0, len(pairs) - 1, 2):
            for _ in range(count):
                until_ms = last_ms[number] - 1_000
                measure(pairs[number], pairs[number + 1], until_ms - 3_000, until_ms)

    return run


# --- what is measured of a caller's segment ---------------------------------------------------------------------------


def _analysis(heard: _Heard) -> list[Stage]:
    segments = [one.segment for one in heard.spoken]
    analysis = Analysis(heard.encoder, Metrics())
    events = [found for one in heard.spoken if isinstance(found := _message(analysis, one), Segment)]
    plain = msgspec.json.Encoder()
    return [
        Stage(
            "prosody",
            lambda: [prosody.measure(one.samples, one.rate_hz, one.speech) for one in segments],
            lambda: _each(_transforms, [one.samples for one in segments]),
            "its transforms: one there, two back",
        ),
        Stage(
            "spectra",
            lambda: [pitch.spectra(one.samples, one.rate_hz) for one in segments],
            within="prosody",
        ),
        Stage(
            "pitch, with spectra", lambda: [pitch.track(one.samples, one.rate_hz) for one in segments], within="prosody"
        ),
        Stage("quality", lambda: [quality.assess(one.segment, one.other_turns) for one in heard.spoken]),
        Stage("resampled", lambda: [codecs.resample(one.samples, one.rate_hz) for one in segments]),
        Stage(
            "segments written",
            lambda: [encode(one) for one in events],
            lambda: [plain.encode(one) for one in events],
            "encoded without a check",
        ),
    ]


def _transforms(samples: Samples) -> None:
    """Of as many windows as the segment has frames; the numbers do not matter for how long they take."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, 432), 432)[::80]
    power = np.abs(np.fft.rfft(frames, 1_024, axis=1))
    for _ in range(2):
        np.fft.irfft(power, 2_048, axis=1)


# --- the encoder ------------------------------------------------------------------------------------------------------


def _encoder(heard: _Heard) -> list[Stage]:
    path = default_encoder_path(["CPUExecutionProvider"])
    session = Session(path, threads=1, providers=["CPUExecutionProvider"])
    mels = [speech_mel(clip, session.bands) for clip in heard.clips]
    answers = [session.run(mel[None], np.array([mel.shape[1]])) for mel in mels]
    seconds = [np.array([mel.shape[1] * HOP / RATE_HZ]) for mel in mels]
    gate = load_gate(gate_path(path))
    found = [
        Stage(
            "encoder, with its spectrum and posterior",
            lambda: [heard.encoder.encode([clip]) for clip in heard.clips],
            lambda: _each(_products, [mel.shape[1] for mel in mels]),
            "its matrix products in float32",
        ),
        Stage(
            "log-mel spectrum",
            lambda: [speech_mel(clip, session.bands) for clip in heard.clips],
            within="encoder, with its spectrum and posterior",
        ),
        Stage(
            "posterior and uncertainty",
            lambda: [heard.encoder.outputs_of(one, of) for one, of in zip(answers, seconds, strict=True)],
            within="encoder, with its spectrum and posterior",
        ),
    ]
    if gate is not None:
        statistics = [one["statistics"][0] for one in answers if "statistics" in one]
        found.append(Stage("gate", lambda: [gate.sound(one) for one in statistics], within="posterior and uncertainty"))
    return [*found, *(_of_length(heard, length, batch) for batch in (1, BATCH) for length in LENGTHS_S)]


def _of_length(heard: _Heard, length_s: float, batch: int) -> Stage:
    """Clips of one length; they are no part of what a call costs."""
    whole = np.concatenate(heard.clips)
    clip = np.resize(whole, int(length_s * RATE_HZ))
    frames = clip.size // HOP
    return Stage(
        f"encoder, {batch} of {length_s:g} s at once",
        lambda: heard.encoder.encode([clip] * batch, batch_size=batch),
        lambda: _each(_products, [frames] * batch),
        "its matrix products in float32",
        within="encoder",
        speech_s=length_s * batch,
    )


def _products(frames: int) -> None:
    """The matrix products of the encoder's convolutions and linear layers, of `frames` of 10 ms."""
    half = max(1, frames // 2)
    _product(frames, 3 * BANDS, WIDTH)
    _product(half, 3 * WIDTH, WIDTH)
    for _ in range(LAYERS):
        for wide, narrow in ((WIDTH, WIDTH),) * 4 + ((WIDTH, 4 * WIDTH), (4 * WIDTH, WIDTH)):
            _product(half, wide, narrow)


_ones: dict[tuple[int, int], NDArray[np.float32]] = {}


def _product(rows: int, inner: int, columns: int) -> None:
    for shape in ((rows, inner), (inner, columns)):
        _ones.setdefault(shape, np.ones(shape, dtype=np.float32))
    _ones[rows, inner] @ _ones[inner, columns]


# --- words ------------------------------------------------------------------------------------------------------------


def _words(heard: _Heard) -> list[Stage]:
    name = "words, of every segment"
    try:
        require_packages()
        transcriber = Transcriber()
    except DependencyError as error:
        return [Stage(name, None, note=f"not run: {error}")]
    some = heard.clips[:4]
    speech_s = sum(len(clip) for clip in some) / RATE_HZ
    return [Stage(name, lambda: [transcriber.transcribe(clip) for clip in some], within="words", speech_s=speech_s)]
