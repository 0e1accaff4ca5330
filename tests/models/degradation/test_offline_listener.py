from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.models.degradation.folder import CallFile, find_calls
from tonewatch.models.degradation.listened_calls import OfflineListening, listen_all
from tonewatch.models.degradation.offline_listener import Cache
from tonewatch.stream.errors import StoreError
from tonewatch.stream.messages import CallClosed, CallOpened, Segment
from tonewatch.workers.encoder import default_encoder_path

ENCODER = default_encoder_path()


def test_a_call_gives_the_messages_of_the_listener(two_calls: Path, listening: OfflineListening) -> None:
    listened = listen_all(find_calls(two_calls)[:1], listening)[0]
    opened, *segments, closed = listened.messages
    assert isinstance(opened, CallOpened)
    assert isinstance(closed, CallClosed)
    assert (closed.duration_ms, listened.duration_s) == (12_000, 12.0)
    spoken = [(m.role, round(m.start_ms / 1000)) for m in segments if isinstance(m, Segment)]
    assert spoken == [("customer", 1), ("agent", 5), ("customer", 8)]


def test_a_segment_is_known_when_the_pause_behind_it_is_over(two_calls: Path, listening: OfflineListening) -> None:
    for message in listen_all(find_calls(two_calls)[:1], listening)[0].messages:
        if isinstance(message, Segment):
            assert 400 <= message.emitted_at_ms - message.end_ms <= 800
            assert message.emitted_at_ms % 200 == 0


def test_the_agents_voice_is_neither_measured_nor_judged(two_calls: Path, listening: OfflineListening) -> None:
    segments = [
        m for call in listen_all(find_calls(two_calls), listening) for m in call.messages if isinstance(m, Segment)
    ]
    assert {(m.posterior is None, m.prosody is None) for m in segments if m.role == "agent"} == {(True, True)}
    assert all(m.prosody is not None and m.uncertainty is not None for m in segments if m.role == "customer")


def test_other_audio_another_encoder_or_other_roles_are_listened_to_again(two_calls: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    other = tmp_path / "other.onnx"
    other.write_bytes(b"other weights")
    a, b = find_calls(two_calls)
    paths = {
        cache.path(a, ENCODER),
        cache.path(b, ENCODER),
        cache.path(a, other),
        cache.path(a, ENCODER, analyse_mixed=True),
        cache.path(CallFile(a.name, a.audio, ("mixed", "mixed"), None), ENCODER),
    }
    assert len(paths) == 5


def test_what_lies_in_the_cache_and_cannot_be_read_is_listened_to_again(
    two_calls: Path, listening: OfflineListening
) -> None:
    first = listen_all(find_calls(two_calls)[:1], listening)
    for kept in listening.cache.iterdir():
        kept.write_text('{"type": "segment", "v": 99}\n')
    assert listen_all(find_calls(two_calls)[:1], listening) == first


def test_a_cache_that_cannot_be_written_is_named(two_calls: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose --cache"):
        listen_all(find_calls(two_calls)[:1], OfflineListening(ENCODER, {}, tmp_path / "file"))
