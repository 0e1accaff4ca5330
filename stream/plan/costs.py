"""What one call costs, as it was measured: `measured.json` beside this, or a file of the same form of your own."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import msgspec

from tonewatch.stream.errors import DataError


class Costs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Milliseconds of one core, bytes and megabytes; a second means one of a two-channel call.

    machine, commands, notes  on what, with which commands, and how these numbers were measured
    caller_segments_per_s     closed segments of a caller a second; `messages_per_s` of all that the monitor reads
    events_per_s              what goes to the board; `reasons_per_s` moments that are explained
    intake_ms                 a second of call in a listener, but for the segments; `segment_ms` for a caller's segment
    words_ms                  of a second of speech that is transcribed, `words_share` of the callers' speech
    speech_share              of a second of call that is a caller's speech
    message_ms                in a monitor with its sink; `board_event_ms` in a dashboard, `redis_event_ms` in Redis
    reason_ms                 by the model that is shipped
    audio_bytes, other_bytes  into Kafka a second, as they lie there, before replication
    *_call_mb, *_mb           memory of a call, and of a process without one
    hops_s                    from the end of the pause to the browser, where nothing waits, but for the work itself
    chunk_s, pause_s          audio in a record, and the pause that ends a segment
    ready_s                   from the start of a listener to its first record
    """

    machine: str
    commands: tuple[str, ...]
    notes: tuple[str, ...] = ()
    caller_segments_per_s: float
    messages_per_s: float
    events_per_s: float
    reasons_per_s: float
    intake_ms: float
    segment_ms: float
    words_ms: float
    words_share: float
    speech_share: float
    message_ms: float
    board_event_ms: float
    redis_event_ms: float
    reason_ms: float
    audio_bytes: float
    other_bytes: float
    listen_call_mb: float
    listen_mb: float
    monitor_call_mb: float
    monitor_mb: float
    redis_call_mb: float
    hops_s: float
    chunk_s: float
    pause_s: float
    ready_s: float

    @property
    def listen_ms(self) -> float:
        """Of a core a second of call in a listener, without words."""
        return self.intake_ms + self.caller_segments_per_s * self.segment_ms

    @property
    def words_of_call_ms(self) -> float:
        """Of a core a second of call, for the words that are worth it."""
        return self.words_ms * self.words_share * self.speech_share


def read_costs(path: Path | None = None) -> Costs:
    """Those that come with the package, or of a file.

    Raises:
        DataError: the file is missing, or not of this form; the text names the field.
    """
    try:
        data = path.read_bytes() if path else (resources.files("tonewatch.stream.plan") / "measured.json").read_bytes()
        return msgspec.json.decode(data, type=Costs)
    except OSError as error:
        raise DataError(f"Cannot read the measured costs {path}: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise DataError(f"{path or 'measured.json'} does not hold measured costs: {error}.") from error
