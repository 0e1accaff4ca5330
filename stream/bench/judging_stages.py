"""What the monitor and its sink do with the segments of calls: stages of `tonewatch bench stage`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from faust.serializers import codecs

from tonewatch.stream.bench.stages import Material, Stage
from tonewatch.stream.board.view import CallView, apply
from tonewatch.stream.codec import decode_segment, decode_tone, encode
from tonewatch.stream.messages import Alert, CallState, Moment, SegmentMessage, Tone
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.manner import manners_in
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import Output, step
from tonewatch.stream.weights import relative_head_file, weights_folder


def stages(material: Material) -> Sequence[Stage]:
    """Judging, what is written of it, and the board's views; the material gets events and moments."""
    if not material.segments:
        return [Stage("judging", None, note="not run: no stage before it gave segments")]
    folder = weights_folder("")
    config = ToneConfig(relative=load_head(relative_head_file("full", folder)), manners=manners_in(folder))
    written, states = _judged(material.segments, config)
    material.events = [one for one in written if isinstance(one, Tone | CallState | Alert)]
    material.moments = [one for one in written if isinstance(one, Moment)]
    raw, tones = [encode(one) for one in material.segments], [one for one in written if isinstance(one, Tone)]
    raw_tones = [encode(one) for one in tones]
    return [
        Stage("segments read", lambda: [decode_segment(one) for one in raw], *_plainly(raw)),
        Stage("monitor step", lambda: _judged(material.segments, config, keep=False)),
        Stage("state read and written", lambda: _kept(states), *_packed(states)),
        Stage("what is judged, written", lambda: [encode(one) for one in written]),
        Stage("tones read", lambda: [decode_tone(one) for one in raw_tones]),
        Stage("views of the board", lambda: _viewed(material)),
    ]


def _plainly(raw: Sequence[bytes]) -> tuple[Callable[[], object], str]:
    decoder = msgspec.json.Decoder(SegmentMessage)
    return lambda: [decoder.decode(one) for one in raw], "decoded without a check"


def _judged(
    segments: Sequence[SegmentMessage], config: ToneConfig, *, keep: bool = True
) -> tuple[list[Output], list[Any]]:
    """What the core writes of the segments, in their order, and each call's memory after each of them."""
    memories: dict[str, CallMemory] = {}
    written: list[Output] = []
    states = []
    for message in segments:
        memory = memories.setdefault(message.call_id, CallMemory())
        written += step(memory, message, config)
        if keep:
            states.append(msgspec.to_builtins(memory))
    return written, states


def _kept(states: Sequence[Any]) -> None:
    """As the monitor does around each step: from the table's entry, and to a record of its changelog."""
    for state in states:
        memory = msgspec.convert(state, CallMemory)
        codecs.dumps("json", {"state": msgspec.to_builtins(memory), "touched_s": 0, "seen": {}})


def _packed(states: Sequence[Any]) -> tuple[Callable[[], object], str]:
    decoder, encoder = msgspec.json.Decoder(CallMemory), msgspec.json.Encoder()
    raw = [encoder.encode(state) for state in states]
    return lambda: [encoder.encode(decoder.decode(one)) for one in raw], "decoded from bytes, encoded to bytes"


def _viewed(material: Material) -> None:
    """As the sink does: each event into its call's view, and the view as JSON."""
    views: dict[str, CallView] = {}
    for event in material.events:
        view = views.setdefault(event.call_id, CallView(call_id=event.call_id))
        apply(view, event)
        msgspec.json.encode(view)
