"""The checker must see what it is there to see: each kind of damage, done to the evidence of a good call."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.bench.checker import LIVE_S, check, recoveries, report
from tonewatch.stream.bench.evidence import CallEvidence, Counted, Evidence
from tonewatch.stream.bench.faults import Fault
from tonewatch.stream.bench.load import SentCall
from tonewatch.stream.codec import decode_alert

GOLDEN = decode_alert((Path(__file__).parents[1] / "golden" / "alert.json").read_bytes())
FIRED = msgspec.structs.replace(GOLDEN, seq=0, state="firing")
RESOLVED = msgspec.structs.replace(GOLDEN, seq=1, state="resolved")
SENT = [SentCall("call", "stem", 1000.0)]
FAULTS = [Fault("sigkill", "listen-1", 990.0, "listen"), Fault("rebalance", "x", 1004.0)]


def counted(tone: float, start_ms: int, *, written_at_s: float = 0.0) -> Counted:
    end_ms = start_ms + 2000
    spoken_s = 1000.0 + end_ms / 1000
    return Counted(tone, 0.1, start_ms, end_ms, "0", spoken_s, written_at_s or spoken_s + 0.5)


def good() -> CallEvidence:
    return CallEvidence(
        segments={"0/0": (0, 2000), "0/4000": (4000, 6000), "1/2000": (2000, 4000)},
        counted={"0/0": [counted(0.1, 0)], "0/4000": [counted(-0.4, 4000)]},
        alerts={"/tone_falls/0": [FIRED, RESOLVED]},
    )


def tally(found: CallEvidence) -> dict[str, int]:
    total, _ = check(SENT, Evidence({"call": found}), {"stem": good()}, FAULTS)
    return {name: value for name, value in vars(total).items() if isinstance(value, int) and value}


def test_an_equal_call_is_clean_however_often_it_was_written() -> None:
    found = good()
    found.counted["0/0"] *= 2
    found.alerts["/tone_falls/0"] *= 2
    assert tally(found) == {"segments_expected": 3, "alerts_expected": 1}


def without_a_segment(found: CallEvidence) -> None:
    del found.segments["1/2000"]


def not_counted(found: CallEvidence) -> None:
    del found.counted["0/4000"]


def counted_on_top(found: CallEvidence) -> None:
    found.counted["0/4000"].append(counted(-0.5, 4000))


def twice_in_state(found: CallEvidence) -> None:
    found.twice_in_state.add("0/0")


def without_an_alert(found: CallEvidence) -> None:
    found.alerts.clear()


def a_second_alert(found: CallEvidence) -> None:
    found.alerts["/tone_falls/40"] = [FIRED]


def another_sentence(found: CallEvidence) -> None:
    found.alerts["/tone_falls/0"][0] = msgspec.structs.replace(FIRED, sentence="Something else.")


def never_resolved(found: CallEvidence) -> None:
    found.alerts["/tone_falls/0"] = [FIRED]


@pytest.mark.parametrize(
    ("damage", "seen_as"),
    [
        (without_a_segment, "segments_missing"),
        (not_counted, "segments_missing"),
        (counted_on_top, "segments_doubled"),
        (twice_in_state, "segments_doubled"),
        (without_an_alert, "alerts_missing"),
        (a_second_alert, "alerts_doubled"),
        (another_sentence, "alerts_differing"),
        (never_resolved, "alerts_differing"),
    ],
)
def test_each_damage_is_seen(damage: object, seen_as: str) -> None:
    found = deepcopy(good())
    damage(found)  # type: ignore[operator]
    assert tally(found) == {"segments_expected": 3, "alerts_expected": 1, seen_as: 1}


def test_damage_belongs_to_the_last_fault_before_it() -> None:
    found = good()
    del found.counted["0/4000"]
    _, per_kind = check(SENT, Evidence({"call": found}), {"stem": good()}, FAULTS)
    assert (per_kind["sigkill"].clean(), per_kind["rebalance"].clean()) == (True, False)


def test_recovery_is_the_time_from_the_fault_to_the_last_late_tone() -> None:
    late = good()
    late.counted["0/0"] = [counted(0.1, 0, written_at_s=1008.0), counted(0.1, 0, written_at_s=1100.0)]
    took_s = recoveries(Evidence({"call": late}), SENT, FAULTS)
    assert FAULTS[1].at_s <= 1002.0 + LIVE_S and took_s == [0.0, 4.0]


def test_a_report_has_the_promised_keys() -> None:
    tallies = check(SENT, Evidence({"call": good()}), {"stem": good()}, FAULTS)
    written = msgspec.json.decode(msgspec.json.encode(report("Kafka", 1.0, FAULTS, tallies, [1.0, 3.0])))
    assert list(written) == [
        "broker", "minutes", "kills", "per_kind", "segments_expected", "segments_missing", "segments_doubled",
        "alerts_expected", "alerts_missing", "alerts_doubled", "alerts_differing", "recovery_s_p50", "recovery_s_p99",
        "recovery_s_max", "per_role", "apart", "faults",
    ]  # fmt: skip
    assert (written["kills"], written["recovery_s_p50"], written["per_kind"]["rebalance"]["recovery_s_max"]) == (
        2,
        2,
        3,
    )
    one = {"recovery_s_p50": 1.0, "recovery_s_p99": 1.0, "recovery_s_max": 1.0}
    assert written["per_role"] == {"listen": {"kills": 1, **one}}
    assert written["apart"]["sigkill"] == written["apart"]["sigkill listen"] == {"kills": 1, **one}
    assert written["faults"][1] == {"at_s": 14.0, "kind": "rebalance", "what": "x", "recovery_s": 3.0}


def test_a_recovery_counts_as_apart_only_where_no_other_fault_was_near() -> None:
    near = [*FAULTS, Fault("sigkill", "monitor-1", 1008.0, "monitor")]
    found = report("Kafka", 1.0, near, check(SENT, Evidence({"call": good()}), {"stem": good()}, near), [1.0, 3.0, 9.0])
    assert found.apart == {
        kind: {"kills": 1, "recovery_s_p50": 1.0, "recovery_s_p99": 1.0, "recovery_s_max": 1.0}
        for kind in ("sigkill", "sigkill listen")
    }
