"""The groups as a table for the terminal and cards, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tonewatch.models.evaluation.fairness import Gap, GroupResult, Share

HEAD = "| by | group | voices | clips | recall of a degraded tone | false alarms | abstained | found to differ in |"


def table(results: Sequence[GroupResult]) -> str:
    """Markdown. Intervals are over voices where there are two or more, else Wilson's over clips, marked `*`."""
    lines = [HEAD, "|---" * 8 + "|"]
    for one in results:
        shares = " | ".join(_share(share) for share in (one.recall, one.false_alarms, one.abstained))
        lines.append(f"| {one.grouping} | {one.group} | {one.voices} | {one.clips} | {shares} | {_found(one)} |")
    return "\n".join(lines) + "\n"


def as_json(results: Sequence[GroupResult], about: dict[str, Any]) -> dict[str, Any]:
    return {"about": about, "groups": [asdict(one) for one in results]}


def notes(results: Sequence[GroupResult], unknown: dict[str, int], confounded: Sequence[str]) -> list[str]:
    """What the table does not say by itself."""
    lines = [f"{count} clips have no {name}: they are in no group of it" for name, count in unknown.items() if count]
    named = {one.grouping for one in results}
    lines += [f"no clip has {name}: nothing can be said of it" for name in unknown if name not in named]
    lines += [f"{pair} cannot be told apart here: each group of one is a group of the other" for pair in confounded]
    alone = sorted({f"{one.grouping} {one.group}" for one in results if one.voices < 2})
    if alone:
        lines.append(f"one voice only: {', '.join(alone)}")
    return lines


def confounded(groupings: dict[str, Sequence[str]]) -> list[str]:
    """Pairs of groupings with several groups that divide the clips alike."""
    found = []
    names = [name for name, groups in groupings.items() if len({one for one in groups if one}) > 1]
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            pairs = {pair for pair in zip(groupings[one], groupings[other], strict=True) if all(pair)}
            sides = [{pair[side] for pair in pairs} for side in (0, 1)]
            if pairs and len(pairs) == len(sides[0]) == len(sides[1]):
                found.append(f"{one} and {other}")
    return found


def _share(share: Share) -> str:
    if share.value is None:
        return "-"
    interval, mark = (share.voices, "") if share.voices is not None else (share.wilson, "*")
    assert interval is not None
    return f"{_number(share.value)} ({_number(interval[0])} to {_number(interval[1])}){mark}"


def _found(one: GroupResult) -> str:
    gaps: dict[str, Gap] = {
        "recall": one.recall_gap,
        "false alarms": one.false_alarms_gap,
        "abstention": one.abstained_gap,
    }
    said = [f"{name} {gap.value:+.2f}" for name, gap in gaps.items() if gap.is_found and gap.value is not None]
    return ", ".join(said) or "-"


def _number(value: float) -> str:
    return f"{value:.2f}"
