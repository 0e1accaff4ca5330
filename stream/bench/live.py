"""What `tonewatch bench live` finds of a number of calls, whether they were carried, and which number to try next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

LIMIT_S = 1.5
"""95 % of the tones must be on the board within this after the end of the speech."""

MAY_SHED = frozenset({"speech_to_text", "spare_speech_to_text", "llm"})
"""Words and reasons are left out first: `what` of `tonewatch_shed_total`."""

OVERHEAD = frozenset({"bench", "broker", "redis"})
"""What is no process of Tonewatch: the calls and the browser, and the two servers."""

NEAR = 0.1
"""The search ends where the largest number that was carried and the smallest that was not are this near."""


class LiveReport(msgspec.Struct, kw_only=True):
    """`tonewatch bench live --json`. Delays count from the end of a caller's speech; null where nothing came.

    cpu_cores_by_role       cores that each role used over the `seconds`; `bench` sends the calls and is the browser
    rss_mb_by_role          resident memory, the most; `mb_per_call` of all roles of Tonewatch over what they had before
    ms_per_call_second      of a core in the listeners a second of one two-channel call; `_by_role` for each role
    lag_records_by_group    records that were not committed, the most and at the end
    shed, dead_letters      within the `seconds`, by `what` of `tonewatch_shed_total`
    others_cores            cores that programs used which are not part of this
    sent_late_s_most        how far the bench itself was behind with sending
    carried                 `speech_to_board_s_p95` at most LIMIT_S, nothing shed but words and reasons, nothing dead
    """

    commit: str
    machine: str
    broker: str
    words: bool
    reasons: bool
    listeners: int
    calls: int
    seconds: float
    speech_to_segment_s_p50: float | None
    speech_to_segment_s_p95: float | None
    speech_to_segment_s_p99: float | None
    speech_to_alert_s_p50: float | None
    speech_to_alert_s_p95: float | None
    speech_to_alert_s_p99: float | None
    speech_to_board_s_p50: float | None
    speech_to_board_s_p95: float | None
    speech_to_board_s_p99: float | None
    segments: int
    alerts: int
    tones: int
    ms_per_call_second: float
    ms_per_call_second_by_role: dict[str, float]
    cpu_cores_by_role: dict[str, float]
    rss_mb_by_role: dict[str, float]
    mb_per_call: float
    lag_records_by_group: dict[str, tuple[int, int]]
    shed: dict[str, int]
    dead_letters: int
    deaths: int
    monitors: int = 1
    boards: int = 1
    others_cores: float
    sent_late_s_most: float
    carried: bool
    tried: list[LiveReport] = msgspec.field(default_factory=list)
    before: LiveReport | None = None


def percentiles(values: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """The 50th, 95th and 99th; null without values."""
    if not values:
        return None, None, None
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return round(float(p50), 3), round(float(p95), 3), round(float(p99), 3)


def is_carried(p95_s: float | None, shed: Mapping[str, int], dead_letters: int, deaths: int) -> bool:
    """Were the calls carried? Not where nothing came to the board."""
    lost = sum(count for what, count in shed.items() if what not in MAY_SHED)
    return p95_s is not None and p95_s <= LIMIT_S and not lost and not dead_letters and not deaths


def next_calls(tried: Mapping[int, bool], first: int) -> int | None:
    """Doubling until a number is not carried, then halves; null when the largest that is carried is known to NEAR.

    `tried`: numbers of calls, and whether they were carried. Where even one call is not carried there is nothing left
    to try.
    """
    carried = max((calls for calls, well in tried.items() if well), default=0)
    # Only what lies above the largest that was carried bounds the search: a run may fail by a disturbance.
    failed = min((calls for calls, well in tried.items() if not well and calls > carried), default=None)
    if failed is None:
        return 2 * carried or first
    if failed - carried <= max(1, NEAR * carried):
        return None
    return (carried + failed) // 2


def per_call_second(cores: Mapping[str, float], calls: int) -> dict[str, float]:
    """Milliseconds of a core a second of one call, by role."""
    return {role: round(1000 * used / calls, 3) for role, used in cores.items()}


def summary(found: LiveReport) -> list[str]:
    """Lines for a terminal."""
    where = f" ({found.commit})" if found.commit else ""
    delays = ", ".join(
        f"{name} {_of(found, name, 'p50')} / {_of(found, name, 'p95')} / {_of(found, name, 'p99')} s"
        for name in ("segment", "alert", "board")
    )
    cores = ", ".join(f"{role} {used:.2f}" for role, used in sorted(found.cpu_cores_by_role.items()))
    return [
        f"{found.calls} calls for {found.seconds:g} s{where}: {'carried' if found.carried else 'NOT CARRIED'}",
        f"  end of speech to (p50 / p95 / p99): {delays}; {found.tones} tones, {found.alerts} alerts",
        f"  listening {found.ms_per_call_second:.1f} ms of a core a second of call; cores: {cores}",
        f"  memory {found.mb_per_call:.1f} MB a call; shed {found.shed or 'nothing'}; dead letters "
        f"{found.dead_letters}; others {found.others_cores:.2f} cores; sent late by {found.sent_late_s_most:.2f} s",
    ]


def table(found: LiveReport) -> str:
    """The report as a page in Markdown: a row for each number of calls."""
    head = (
        "| commit | calls | carried | board p50 | p95 | p99 | alert p95 | listening, ms | MB a call | shed | others |"
    )
    rows = [
        f"| {one.commit or 'working tree'} | {one.calls} | {'yes' if one.carried else 'no'} "
        f"| {_of(one, 'board', 'p50')} | {_of(one, 'board', 'p95')} | {_of(one, 'board', 'p99')} "
        f"| {_of(one, 'alert', 'p95')} | {one.ms_per_call_second:.1f} | {one.mb_per_call:.1f} "
        f"| {sum(one.shed.values())} | {one.others_cores:.2f} |"
        for one in sorted(_all(found), key=lambda one: (one.commit, one.calls))
    ]
    about = f"{found.machine}, {found.broker}; words {found.words}, reasons {found.reasons}; delays in seconds."
    return "\n".join([f"# Live calls\n\n{about}\n", head, f"|{'---|' * 11}", *rows]) + "\n"


def _all(found: LiveReport) -> list[LiveReport]:
    nested = [one for other in (found.before,) if other is not None for one in _all(other)]
    return [*(found.tried or [found]), *nested]


def _of(found: LiveReport, name: str, percentile: str) -> str:
    value = getattr(found, f"speech_to_{name}_s_{percentile}")
    return "-" if value is None else f"{value:.2f}"
