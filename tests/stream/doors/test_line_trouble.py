from tonewatch.stream.doors.line_trouble import NO_TROUBLE, LineTrouble


def test_a_line_without_trouble_brings_each_packet_once_and_at_once() -> None:
    assert [list(NO_TROUBLE.fates(NO_TROUBLE.rng(0))) for _ in range(20)] == [[0.0]] * 20


def test_the_same_seed_is_the_same_trouble() -> None:
    line = LineTrouble(seed=4, jitter_ms=50, lost=0.2, twice=0.3)
    one, other = ([list(line.fates(rng)) for _ in range(200)] for rng in (line.rng(1), line.rng(1)))
    assert one == other and {len(fate) for fate in one} == {0, 1, 2}
    assert all(0 <= delay <= 50 for fate in one for delay in fate)


def test_a_break_is_met_once_whatever_the_length_of_a_packet() -> None:
    line = LineTrouble(breaks_ms=(1_500,), holds_ms=((100, 200),))
    assert sum(line.breaks(at_ms, 20) for at_ms in range(0, 3_000, 20)) == 1
    assert [line.is_held(at_ms) for at_ms in (99, 100, 199, 200)] == [False, True, True, False]
