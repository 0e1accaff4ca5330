"""Ways in which a call's records may break off and go on differently, for tests and for `tonewatch bench wire`.

Each takes the records of a call that plays undisturbed, and the media time of the break, and returns those that are
sent instead. Wall clocks (`captured_at_ms`) are media times counted from WALL_MS.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec
import numpy as np

from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted, Codec
from tonewatch.workers.audio import codecs

WALL_MS: Final = 1_700_000_000_000
HOUR_MS: Final = 3_600_000
LOST_SHARE: Final = 0.2
DRIFT_PPM: Final = 300.0

Records = Sequence[CallMessage]
Discontinuity = Callable[[Records, int], list[CallMessage]]
Change = Callable[[AudioChunk], AudioChunk]


def dated(records: Records) -> list[CallMessage]:
    """The records with the wall clock that a call in real time has."""
    return [
        msgspec.structs.replace(one, captured_at_ms=WALL_MS + one.start_ms + _length_ms(one))
        if isinstance(one, AudioChunk)
        else one
        for one in records
    ]


def _length_ms(chunk: AudioChunk) -> int:
    return len(chunk.payload) // codecs.bytes_per_sample(chunk.codec) * 1000 // chunk.rate_hz


def _from(records: Records, at_ms: int, change: Change) -> list[CallMessage]:
    return [change(one) if isinstance(one, AudioChunk) and one.start_ms >= at_ms else one for one in records]


def _all(records: Records, change: Change) -> list[CallMessage]:
    return _from(records, 0, change)


def transcoded(chunk: AudioChunk, codec: Codec, rate_hz: int | None = None) -> AudioChunk:
    """The chunk in another codec, and at another rate."""
    to_hz = rate_hz or chunk.rate_hz
    samples = codecs.resample(codecs.decode(chunk.payload, chunk.codec), chunk.rate_hz, to_hz)
    return msgspec.structs.replace(chunk, codec=codec, rate_hz=to_hz, payload=codecs.encode(samples, codec))


def undisturbed(records: Records, _at_ms: int) -> list[CallMessage]:
    return list(records)


def codec_changes(records: Records, at_ms: int) -> list[CallMessage]:
    """From mu-law to A-law, as by a re-INVITE."""
    return _all(records, lambda one: transcoded(one, "mulaw" if one.start_ms < at_ms else "alaw"))


def rate_changes(records: Records, at_ms: int) -> list[CallMessage]:
    """To 16 kHz."""
    # Resampled as a whole: chunk by chunk there would be a click at each edge.
    channels = {one.channel for one in records if isinstance(one, AudioChunk)}
    resampled = {channel: codecs.resample(_samples(records, channel), 8_000, 16_000) for channel in channels}

    def cut(one: AudioChunk) -> AudioChunk:
        first, length = one.start_ms * 16, 2 * len(one.payload) // codecs.bytes_per_sample(one.codec)
        payload = codecs.encode(resampled[one.channel][first : first + length], "pcm16")
        return msgspec.structs.replace(one, codec="pcm16", rate_hz=16_000, payload=payload)

    return _from(records, at_ms, cut)


def _samples(records: Records, channel: int) -> codecs.Samples:
    chunks = [one for one in records if isinstance(one, AudioChunk) and one.channel == channel]
    return np.concatenate([codecs.decode(one.payload, one.codec) for one in chunks])


def number_restarts(records: Records, at_ms: int) -> list[CallMessage]:
    """The media time goes on."""
    first = _first_seq(records, at_ms)
    return _from(records, at_ms, lambda one: msgspec.structs.replace(one, seq=one.seq - first))


def all_restarts(records: Records, at_ms: int) -> list[CallMessage]:
    """A transfer: number and time begin again, and nothing says so."""
    first = _first_seq(records, at_ms)
    start_ms = _first_ms(records, at_ms)
    return _from(
        records, at_ms, lambda one: msgspec.structs.replace(one, seq=one.seq - first, start_ms=one.start_ms - start_ms)
    )


def all_restarts_without_wall_clock(records: Records, at_ms: int) -> list[CallMessage]:
    return [
        msgspec.structs.replace(one, captured_at_ms=0) if isinstance(one, AudioChunk) else one
        for one in all_restarts(records, at_ms)
    ]


def call_starts_again(records: Records, at_ms: int) -> list[CallMessage]:
    """A reconnect: a second `CallStarted`, then number and time begin again."""
    restarted = all_restarts(records, at_ms)
    start = next(one for one in records if isinstance(one, CallStarted))
    at = next(i for i, one in enumerate(records) if isinstance(one, AudioChunk) and one.start_ms >= at_ms)
    again = msgspec.structs.replace(start, started_at_ms=start.started_at_ms + at_ms)
    return [*restarted[:at], again, *restarted[at:]]


def number_wraps(records: Records, at_ms: int) -> list[CallMessage]:
    """As RTP's does, from 65,535 to 0."""
    first = _first_seq(records, at_ms)
    return _all(records, lambda one: msgspec.structs.replace(one, seq=(one.seq - first) % 65_536))


def number_wraps_at_once(records: Records, _at_ms: int) -> list[CallMessage]:
    return number_wraps(records, 1_000)


def clock_steps_back(records: Records, at_ms: int) -> list[CallMessage]:
    return _from(records, at_ms, lambda one: msgspec.structs.replace(one, start_ms=one.start_ms - 10_000))


def both_clocks_step_back(records: Records, at_ms: int) -> list[CallMessage]:
    return _from(
        records,
        at_ms,
        lambda one: msgspec.structs.replace(
            one, start_ms=one.start_ms - 10_000, captured_at_ms=one.captured_at_ms - 10_000
        ),
    )


def clock_leaps_an_hour(records: Records, at_ms: int) -> list[CallMessage]:
    return _from(records, at_ms, lambda one: msgspec.structs.replace(one, start_ms=one.start_ms + HOUR_MS))


def clock_is_an_hour_off(records: Records, _at_ms: int) -> list[CallMessage]:
    """From the call's beginning on."""
    return _all(records, lambda one: msgspec.structs.replace(one, start_ms=one.start_ms + HOUR_MS))


def one_absurd_time(records: Records, at_ms: int) -> list[CallMessage]:
    """One chunk of each channel is said to begin at 2^40 ms."""
    first = _first_seq(records, at_ms)
    return _from(
        records, at_ms, lambda one: msgspec.structs.replace(one, start_ms=1 << 40) if one.seq == first else one
    )


def sent_again(records: Records, at_ms: int) -> list[CallMessage]:
    """The last five seconds before the break come once more."""
    at = next(i for i, one in enumerate(records) if isinstance(one, AudioChunk) and one.start_ms >= at_ms)
    copies = [one for one in records[:at] if isinstance(one, AudioChunk) and one.start_ms >= at_ms - 5_000]
    return [*records[:at], *copies, *records[at:]]


def times_jitter(records: Records, _at_ms: int) -> list[CallMessage]:
    """By up to 60 ms either way, from the beginning on."""
    rng = random.Random(60)
    return _all(records, lambda one: msgspec.structs.replace(one, start_ms=max(0, one.start_ms + rng.randint(-60, 60))))


def arrival_jitters(records: Records, _at_ms: int) -> list[CallMessage]:
    """Packets of 20 ms come up to 150 ms late, in the order in which they come."""
    return jittered(packets(records), 150, random.Random(150))


def packets_lost(records: Records, _at_ms: int) -> list[CallMessage]:
    """A fifth of the packets of 20 ms never comes."""
    rng = random.Random(20)
    return [one for one in packets(records) if not isinstance(one, AudioChunk) or rng.random() >= LOST_SHARE]


def clock_drifts(records: Records, _at_ms: int) -> list[CallMessage]:
    """Packets of 20 ms whose clock runs fast on one channel and slow on the other, against their samples."""
    return drifting(packets(records), DRIFT_PPM)


def drifting(records: Records, ppm: float) -> list[CallMessage]:
    """Times of the even channels run fast by so much, those of the odd ones slow."""

    def told(one: AudioChunk) -> AudioChunk:
        sign = -1 if one.channel % 2 else 1
        early_ms = round(one.start_ms * sign * ppm / 1e6)
        return msgspec.structs.replace(
            one, start_ms=one.start_ms + early_ms, captured_at_ms=one.captured_at_ms + early_ms
        )

    return _all(records, told)


def packets(records: Records) -> list[CallMessage]:
    """The same audio in chunks of 20 ms."""
    return [packet for one in records for packet in (_packets(one) if isinstance(one, AudioChunk) else (one,))]


def _packets(chunk: AudioChunk, length_ms: int = 20) -> Iterable[AudioChunk]:
    size = chunk.rate_hz * length_ms // 1000 * codecs.bytes_per_sample(chunk.codec)
    count = -(-len(chunk.payload) // size)
    for number in range(count):
        part = msgspec.structs.replace(
            chunk,
            # Chunks of 200 ms were numbered one by one, but for a shorter last one.
            seq=chunk.seq * 10 + number,
            start_ms=chunk.start_ms + number * length_ms,
            payload=chunk.payload[number * size : (number + 1) * size],
        )
        behind_ms = _length_ms(chunk) - number * length_ms - _length_ms(part)
        yield msgspec.structs.replace(part, captured_at_ms=chunk.captured_at_ms - behind_ms)


def jittered(records: Records, most_ms: int, rng: random.Random) -> list[CallMessage]:
    """Each chunk comes up to `most_ms` late; the first and the last record keep their places."""

    def comes_at(one: CallMessage) -> float:
        if isinstance(one, CallEnded):
            return float("inf")
        return one.start_ms + rng.uniform(0, most_ms) if isinstance(one, AudioChunk) else -1.0

    return sorted(records, key=comes_at)


def _first_seq(records: Records, at_ms: int) -> int:
    return min(one.seq for one in records if isinstance(one, AudioChunk) and one.start_ms >= at_ms)


def _first_ms(records: Records, at_ms: int) -> int:
    return min(one.start_ms for one in records if isinstance(one, AudioChunk) and one.start_ms >= at_ms)


DISCONTINUITIES: Final[dict[str, Discontinuity]] = {
    made.__name__: made
    for made in (
        codec_changes,
        rate_changes,
        number_restarts,
        all_restarts,
        all_restarts_without_wall_clock,
        call_starts_again,
        number_wraps,
        number_wraps_at_once,
        clock_steps_back,
        both_clocks_step_back,
        clock_leaps_an_hour,
        clock_is_an_hour_off,
        one_absurd_time,
        sent_again,
        times_jitter,
        arrival_jitters,
        packets_lost,
        clock_drifts,
    )
}
