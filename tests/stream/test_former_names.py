from __future__ import annotations

import msgspec

from tonewatch.stream.former_names import Renamed, read_former_names


class Voice(msgspec.Struct):
    """`baseline` was called `usual` once."""

    baseline: float = 0.0
    usual: float | Renamed = msgspec.UNSET

    def __post_init__(self) -> None:
        read_former_names(self, usual="baseline")


def test_what_stands_under_the_former_name_is_read_and_written_under_the_present_one() -> None:
    voice = msgspec.json.decode(b'{"usual": 4.5}', type=Voice)
    assert (voice.baseline, msgspec.json.encode(voice)) == (4.5, b'{"baseline":4.5}')


def test_what_stands_under_the_present_name_is_left_as_it_is() -> None:
    assert msgspec.json.decode(b'{"baseline": 4.5}', type=Voice).baseline == 4.5
