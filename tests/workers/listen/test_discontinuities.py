"""The ways to break a call off: what they keep, and what they change."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.messages import AudioChunk, CallMessage
from tonewatch.workers.audio import codecs
from tonewatch.workers.listen.discontinuities import DISCONTINUITIES, packets, packets_lost
from tonewatch.workers.listen.wire_command import read_call


@cache
def records() -> list[CallMessage]:
    return read_call(default_folder() / "billing_dispute.flac")


def samples(of: Sequence[CallMessage]) -> codecs.Samples:
    return np.concatenate([codecs.decode(one.payload, one.codec) for one in of if isinstance(one, AudioChunk)])


@pytest.mark.parametrize("name", sorted(set(DISCONTINUITIES) - {"packets_lost"}))
def test_a_discontinuity_changes_what_is_sent_and_leaves_no_audio_out(name: str) -> None:
    broken = DISCONTINUITIES[name](records(), 24_000)
    assert broken != records()
    assert len(samples(broken)) >= len(samples(records()))


def test_a_fifth_of_the_packets_is_lost_and_no_record_else() -> None:
    sent, left = packets(records()), packets_lost(records(), 0)
    assert 0.17 < 1 - len(left) / len(sent) < 0.23
    assert [one for one in left if not isinstance(one, AudioChunk)] == [
        one for one in sent if not isinstance(one, AudioChunk)
    ]


def test_packets_hold_the_same_audio_in_shorter_chunks() -> None:
    cut = packets(records())
    of_first = [[one for one in those if getattr(one, "channel", 1) == 0] for those in (records(), cut)]
    assert np.array_equal(samples(of_first[0]), samples(of_first[1]))
    assert len(of_first[1]) > 9 * len(of_first[0])
