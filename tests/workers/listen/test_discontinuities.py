"""The ways to break a call off: what they keep, and what they change."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.messages import AudioChunk, CallMessage
from tonewatch.workers.audio import codecs
from tonewatch.workers.listen.discontinuities import DISCONTINUITIES, packets
from tonewatch.workers.listen.wire_command import read_call


@cache
def records() -> list[CallMessage]:
    return read_call(default_folder() / "billing_dispute.flac")


def samples(of: Sequence[CallMessage]) -> codecs.Samples:
    return np.concatenate([codecs.decode(one.payload, one.codec) for one in of if isinstance(one, AudioChunk)])


@pytest.mark.parametrize("name", sorted(DISCONTINUITIES))
def test_a_discontinuity_changes_what_is_sent_and_leaves_no_audio_out(name: str) -> None:
    broken = DISCONTINUITIES[name](records(), 24_000)
    assert broken != records()
    assert len(samples(broken)) >= len(samples(records()))


def test_packets_hold_the_same_audio_in_shorter_chunks() -> None:
    cut = packets(records())
    of_first = [[one for one in those if getattr(one, "channel", 1) == 0] for those in (records(), cut)]
    assert np.array_equal(samples(of_first[0]), samples(of_first[1]))
    assert len(of_first[1]) > 9 * len(of_first[0])
