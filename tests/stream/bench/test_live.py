from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

from tonewatch.stream.bench.live import (
    LiveReport,
    is_carried,
    next_calls,
    per_call_second,
    percentiles,
    summary,
    table,
)


def report(**changed: object) -> LiveReport:
    fields = {
        **{f"speech_to_{name}_s_{p}": 0.7 for name in ("segment", "alert", "board") for p in ("p50", "p95", "p99")},
        "commit": "abc1234",
        "machine": "2 cores",
        "broker": "embedded broker",
        "words": True,
        "reasons": True,
        "listeners": 1,
        "calls": 10,
        "seconds": 60.0,
        "segments": 40,
        "alerts": 2,
        "tones": 40,
        "ms_per_call_second": 21.5,
        "ms_per_call_second_by_role": {"listen": 21.5},
        "cpu_cores_by_role": {"listen": 0.215},
        "rss_mb_by_role": {"listen": 300.0},
        "mb_per_call": 1.5,
        "lag_records_by_group": {"tonewatch-listen": (90, 40)},
        "shed": {"llm": 1},
        "dead_letters": 0,
        "deaths": 0,
        "others_cores": 0.1,
        "sent_late_s_most": 0.01,
        "carried": True,
    }
    return msgspec.convert({**fields, **changed}, LiveReport)


def search(first: int, largest: int) -> list[int]:
    tried: dict[int, bool] = {}
    while (calls := next_calls(tried, first)) is not None and calls not in tried:
        tried[calls] = calls <= largest
    return list(tried)


def test_the_search_doubles_until_it_fails_and_halves_until_it_is_near() -> None:
    assert search(10, 33) == [10, 20, 40, 30, 35, 32]
    assert search(40, 33) == [40, 20, 30, 35, 32]


def test_a_search_in_which_not_one_call_is_carried_ends_there() -> None:
    assert search(8, 0) == [8, 4, 2, 1]


def test_a_run_that_failed_below_one_that_was_carried_was_disturbed() -> None:
    assert next_calls({10: False, 20: True}, 10) == 40


@pytest.mark.parametrize(
    ("p95_s", "shed", "dead", "deaths", "carried"),
    [
        (1.5, {"speech_to_text": 80, "llm": 3, "spare_speech_to_text": 1}, 0, 0, True),
        (1.51, {}, 0, 0, False),
        (None, {}, 0, 0, False),
        (0.7, {"chunks": 1}, 0, 0, False),
        (0.7, {}, 1, 0, False),
        (0.7, {}, 0, 1, False),
    ],
    ids=["words and reasons", "too late", "nothing came", "audio was left out", "dead letters", "a death"],
)
def test_calls_are_carried_in_time_with_nothing_left_out_but_words_and_reasons(
    p95_s: float | None, shed: dict[str, int], dead: int, deaths: int, carried: bool
) -> None:
    assert is_carried(p95_s, shed, dead, deaths) is carried


def test_percentiles_of_nothing_are_not_zero() -> None:
    assert percentiles([]) == (None, None, None)
    assert percentiles([float(n) for n in range(1, 102)]) == (51.0, 96.0, 100.0)


def test_a_core_for_fifty_calls_is_twenty_milliseconds_of_each_second() -> None:
    assert per_call_second({"listen": 1.0, "redis": 0.05}, 50) == {"listen": 20.0, "redis": 1.0}


def test_the_report_has_the_keys_that_other_tools_read() -> None:
    keys = json.loads(msgspec.json.encode(report()))
    wanted = ["calls", "cpu_cores_by_role", "rss_mb_by_role", "shed", "ms_per_call_second"]
    assert set(keys) >= {*wanted, *(f"speech_to_board_s_{p}" for p in ("p50", "p95", "p99"))}


@pytest.mark.parametrize("shown", [lambda found: "\n".join(summary(found)), table], ids=["summary", "table"])
def test_a_report_tells_the_commit_the_delay_and_what_was_missed(shown: Callable[[LiveReport], str]) -> None:
    text = shown(report(speech_to_board_s_p95=None, carried=False, before=None))
    assert "abc1234" in text and "21.5" in text and "-" in text


def test_a_table_has_a_row_for_each_number_that_was_tried_and_for_the_older_commit() -> None:
    found = report(tried=[report(), report(calls=20)], before=report(commit="old0000"))
    rows = [line for line in table(found).splitlines() if line.startswith("| ") and "commit" not in line]
    assert [row.split(" | ")[:2] for row in rows] == [["| abc1234", "10"], ["| abc1234", "20"], ["| old0000", "10"]]
