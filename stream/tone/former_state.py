"""The state of a call as former releases kept it, read so that an upgrade loses no live call.

Up to 0.1 it was one flat record; later ones did not keep whether the caller was told by itself.
"""

from __future__ import annotations

from typing import Any

_CALL = ("roles", "started_at_ms", "queue", "title", "language", "synthetic")
_SEGMENT = {"chance": "probability"}
_DETECTOR = {"beliefs": "posterior", "chance": "probability", "fall": "cusum_nats", "fall_since_ms": "rises_since_ms"}


def with_notice(state: dict[str, Any]) -> dict[str, Any]:
    """With what tells whether the caller was told, as far as a state that does not say so shows it.

    A call that was live or not analysed had been opened. One that was ended need not have been, but where its channels
    were bound to roles, which a CallOpened alone does.
    """
    if "told" in state:
        return state
    announced = state.get("announced")
    is_told = announced == "live" or (announced == "ended" and bool(state.get("bound")))
    told = False if announced == "not_analysed" or state.get("withdrawn") else True if is_told else None
    return {**state, "told": told}


def from_flat(flat: dict[str, Any]) -> dict[str, Any]:
    """A `CallMemory` as builtins, out of the flat one; what is missing there takes its default."""
    return {
        "told": with_notice({"announced": flat.get("announced"), "bound": flat.get("roles")})["told"],
        "call": {name: flat[name] for name in _CALL if name in flat},
        **_renamed(flat, {"announced": "announced", "marks": "counted", "now_ms": "now_ms", "model": "model"}),
        "baseline": {
            "own": _segments(flat.get("baseline")),
            "stand_ins": _segments(flat.get("earlier")),
            **_renamed(flat, {"earlier_calls": "past_calls", "caller": "caller"}),
        },
        "detector": {
            **{_DETECTOR.get(name, name): value for name, value in flat.get("detector", {}).items()},
            "window": _segments(flat.get("window")),
            **_renamed(flat, {"spoken": "spoken"}),
        },
        "turns": {"spoken": flat.get("turns", [])},
        "alerts": _renamed(flat, {"watches": "slots", "settled": "closed", "done": "actions"}),
        "moments": _renamed(
            flat,
            {
                "waiting": "waiting",
                "last_moment_ms": "last_ms",
                "last_told": "last_measured",
                "last_rationale": "last_rationale",
                "quotes": "quotes",
            },
        ),
    }


def _renamed(flat: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {new: flat[former] for former, new in names.items() if former in flat}


def _segments(heard: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The score of a segment was positive where it was worse; `own_tone` has the sign of the tone."""
    return [
        {
            **{_SEGMENT.get(name, name): value for name, value in segment.items() if name != "score"},
            "own_tone": -segment.get("score", 0.0),
        }
        for segment in heard or ()
    ]
