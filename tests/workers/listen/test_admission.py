"""Strangers in virtual time: who is admitted, who waits, who is shed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tonewatch.workers.listen.admission import Admission, AdmissionSettings

if TYPE_CHECKING:
    from tests.conftest import Clock

SETTINGS = AdmissionSettings()
START_MS = 1_700_000_000_000
CHUNK_MS = 200


class Door:
    """Calls that come in chunk by chunk, as a listener reads them."""

    def __init__(self, clock: Clock, settings: AdmissionSettings = SETTINGS) -> None:
        self.clock = clock
        self.strangers: Admission[str, int] = Admission(settings, clock)
        self.admitted: dict[str, list[int]] = {}
        self.shed: dict[str, list[int]] = {}

    def chunk(self, call: str, number: int = 0, *, audio_ms: int = CHUNK_MS) -> None:
        """One chunk, written and read at this moment."""
        if call in self.admitted:
            self.admitted[call].append(number)
            return
        at_ms = START_MS + round(1000 * self.clock())
        self.strangers.knock(call, number, media_ms=audio_ms, at_ms=at_ms, reading_s=self.clock())

    def round(self, *, behind: bool = False) -> None:
        self.admitted |= dict(self.strangers.admitted(behind=behind))
        for call, items in self.strangers.shed(lambda _: self.clock()):
            self.shed.setdefault(call, []).extend(items)


def test_calls_that_begin_at_an_admissible_rate_are_admitted_at_once(clock: Clock) -> None:
    door = Door(clock)
    for number in range(500):
        clock.advance(1 / SETTINGS.rate_s)
        door.chunk(f"call {number}")
        door.round()
        assert f"call {number}" in door.admitted
    assert not door.shed


@given(flood=st.integers(0, 4_000), begins=st.integers(0, 20))
def test_a_call_that_begins_beside_a_flood_is_heard_whole_and_admitted_once_it_was_heard(
    flood: int, begins: int
) -> None:
    from tests.conftest import Clock as ManualClock

    clock = ManualClock()
    door = Door(clock)
    for number in range(30):
        for one in range(flood // 30):
            door.chunk(f"flood {number}/{one}")
        if number >= begins:
            door.chunk("mine", number)
        door.round()
        clock.advance(CHUNK_MS / 1000)
    heard = 30 - begins
    assert "mine" not in door.shed
    if heard > SETTINGS.heard_ms // CHUNK_MS + 1:
        assert door.admitted["mine"] == list(range(begins, 30))


def test_a_flood_that_never_ends_keeps_no_call_out(clock: Clock) -> None:
    door = Door(clock)
    for tick in range(100):
        for one in range(500):
            door.chunk(f"flood {tick}/{one}")
        if tick >= 50:
            door.chunk("mine", tick)
        door.round()
        clock.advance(CHUNK_MS / 1000)
    assert door.admitted["mine"] == list(range(50, 100))
    assert len(door.strangers) <= SETTINGS.most_waiting + SETTINGS.most_heard


def test_strangers_of_whom_nothing_more_comes_are_shed_in_time_and_no_others(clock: Clock) -> None:
    door = Door(clock)
    for number in range(1_000):
        door.chunk(f"flood {number}")
    door.round()
    assert not door.shed
    clock.advance(SETTINGS.patience_s)
    door.round()
    # All but those for whom there was a place at once or since.
    least = 1_000 - SETTINGS.burst - SETTINGS.rate_s * SETTINGS.patience_s
    assert least <= len(door.shed) < 1_000
    assert door.shed.keys().isdisjoint(door.admitted)
    assert len(door.shed) + len(door.admitted) == 1_000


def test_who_was_heard_longer_goes_first_and_a_part_of_the_rate_is_theirs(clock: Clock) -> None:
    door = Door(clock)
    for tick in range(8):
        door.chunk("old", tick)
        if tick >= 2:
            door.chunk("young", tick)
        clock.advance(CHUNK_MS / 1000)
    for number in range(200):
        door.chunk(f"flood {number}")
    door.round()
    assert list(door.admitted)[:2] == ["old", "young"]
    assert len(door.admitted) == SETTINGS.burst - SETTINGS.reserve


def test_much_audio_that_came_at_once_was_not_heard_for_long(clock: Clock) -> None:
    door = Door(clock, AdmissionSettings(burst=1.0, reserve=0.0))
    for tick in range(6):
        door.chunk("mine", tick)
        clock.advance(CHUNK_MS / 1000)
    for number in range(50):
        door.chunk(f"boaster {number}", audio_ms=30_000)
    door.round()
    assert list(door.admitted) == ["mine"]


def test_of_too_many_that_were_heard_the_newest_of_those_heard_least_are_shed(clock: Clock) -> None:
    door = Door(clock, AdmissionSettings(burst=0.0, rate_s=0.0, most_heard=2))
    for call in ("one", "two", "three"):
        for tick in range(6):
            door.chunk(call, tick)
            clock.advance(CHUNK_MS / 1000)
    door.chunk("one", 6)
    door.round()
    assert list(door.shed) == ["three"]
    assert door.shed["three"] == list(range(6))


def test_a_listener_that_does_not_keep_up_admits_a_tenth_and_only_those_that_were_heard(clock: Clock) -> None:
    door = Door(clock, AdmissionSettings(burst=10.0, reserve=5.0))
    for number in range(30):
        for tick in range(6):
            door.chunk(f"call {number}", tick)
    door.chunk("unheard")
    door.round(behind=True)
    assert len(door.admitted) == 10
    clock.advance(1.0)
    door.round(behind=True)
    assert len(door.admitted) == 11
    assert "unheard" not in door.admitted


def test_a_restart_that_reads_sixteen_seconds_again_admits_all_calls_by_what_was_heard(clock: Clock) -> None:
    door = Door(clock, AdmissionSettings(burst=1_000.0, reserve=20.0))
    for tick in range(80):
        for number in range(40):
            at_ms = START_MS + CHUNK_MS * tick
            door.strangers.knock(f"call {number}", tick, media_ms=CHUNK_MS, at_ms=at_ms, reading_s=0.0)
    door.round()
    assert len(door.admitted) == 40
    assert all(items == list(range(80)) for items in door.admitted.values())


def test_strangers_of_partitions_that_went_away_are_forgotten(clock: Clock) -> None:
    door = Door(clock)
    door.chunk("gone")
    door.chunk("here")
    door.strangers.drop(lambda call: call == "gone")
    door.round()
    assert list(door.admitted) == ["here"]
