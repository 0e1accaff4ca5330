from __future__ import annotations

import msgspec

from tonewatch.stream.former_names import Renamed, read_former_names


class Voice(msgspec.Struct):
    """`pitch_st` was called `tone_st` once."""

    pitch_st: float = 0.0
    tone_st: float | Renamed = msgspec.UNSET

    def __post_init__(self) -> None:
        read_former_names(self, tone_st="pitch_st")


def test_what_stands_under_the_former_name_is_read_and_written_under_the_present_one() -> None:
    voice = msgspec.json.decode(b'{"tone_st": 4.5}', type=Voice)
    assert (voice.pitch_st, msgspec.json.encode(voice)) == (4.5, b'{"pitch_st":4.5}')


def test_what_stands_under_the_present_name_is_left_as_it_is() -> None:
    assert msgspec.json.decode(b'{"pitch_st": 4.5}', type=Voice).pitch_st == 4.5
