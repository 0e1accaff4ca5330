"""What stays in memory of a call that nothing was heard of for hours: what a withdrawal of its notice must still end.

A withdrawal ends what waits to be told outside by the alerts that the monitor closes once more. So the alerts of a call
are kept for as long as a delivery is, without what they rested on, and packed: there are very many such calls.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from tonewatch.stream.messages import Alert, CallAttributes, FactsTable
from tonewatch.stream.tone.alerts.alert_book import CLOSED_KEPT, AlertBook
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import bare
from tonewatch.stream.topics import DELIVERIES

KEPT_S: Final = DELIVERIES.retention_ms // 1000
"""As long as the topic keeps a delivery: from then on nothing is left that could tell of the call."""

MOST_ALERTS: Final = 2 * CLOSED_KEPT
"""Of one call, the newest: one that comes back again and again must not grow for ever."""

_NEEDED: Final = ("alert_id", "seq", "rule", "state", "severity", "onset_ms", "fired_ms", "peak_ms", "thresholds")
_DEFAULTS: Final[dict[str, Any]] = {
    field.name: field.default
    for field in msgspec.structs.fields(Alert)
    if field.name not in (*_NEEDED, "v", "call_id", "chance", "model", "made_by", "also")
    and field.default is not msgspec.NODEFAULT
}


class _Swept(msgspec.Struct, array_like=True):
    """`alerts`: of each the fields that are needed, and those that are not at their default."""

    withdrawn: bool
    queue: str
    team: str
    alerts: list[dict[str, Any]]


def swept(memory: CallMemory) -> bytes | None:
    """What is kept of a call's memory; null where nothing of it was or may be told to anybody."""
    alerts = memory.alerts.told()
    if not alerts and not memory.withdrawn:
        return None
    few = [_packed(bare(alert)) for alert in alerts[-MOST_ALERTS:]]
    return msgspec.msgpack.encode(_Swept(memory.withdrawn, memory.call.queue, memory.call.team, few))


def remembered(call_id: str, kept: bytes) -> CallMemory:
    """The memory of a call that comes back: a new one, which knows what was told of the call."""
    found = msgspec.msgpack.decode(kept, type=_Swept)
    return CallMemory(
        call=CallAttributes(queue=found.queue, team=found.team),
        told=False if found.withdrawn else None,
        announced="not_analysed" if found.withdrawn else "",
        withdrawn=found.withdrawn,
        alerts=AlertBook(past=[_unpacked(call_id, alert) for alert in found.alerts]),
    )


def _packed(alert: Alert) -> dict[str, Any]:
    values = {name: getattr(alert, name) for name in (*_NEEDED, *_DEFAULTS)}
    return {name: value for name, value in values.items() if name in _NEEDED or value != _DEFAULTS[name]}


def _unpacked(call_id: str, values: dict[str, Any]) -> Alert:
    rest = {
        "call_id": call_id,
        "peak_tone": 0.0,
        "sentence": "",
        "evidence": (),
        "facts": msgspec.to_builtins(FactsTable.empty()),
    }
    return msgspec.convert({"type": "alert", **rest, **values}, Alert)
