"""A call's running account: what each reason said, for the next one to go on from; and the line that sums it up."""

from __future__ import annotations

from collections.abc import Sequence

from tonewatch.stream.messages import FactsTable, Told
from tonewatch.stream.tone.argument import Argument
from tonewatch.stream.tone.phrasing.phrasing import Phrasing
from tonewatch.stream.tone.verdict import DEGRADED

TEXT_KEPT = 500
QUOTE_KEPT = 200


def told_of(argument: Argument, facts: FactsTable, text: str) -> Told:
    """What this text says, as the reasons after it are told."""
    compared = argument.changed or (*argument.heard, *argument.contrary)
    return Told(
        at_ms=facts.at_ms,
        kind=argument.kind,
        verdict=argument.verdict,
        since_ms=argument.since_ms,
        emotion="" if argument.doubt else argument.emotion,
        tone=facts.tone,
        cues=tuple(f"{'+' if cue.sign > 0 else '-'}{cue.name}" for cue in compared),
        doing=argument.doing,
        quote=argument.quote[:QUOTE_KEPT],
        rival="" if argument.doubt else argument.rival,
        text=text[:TEXT_KEPT],
    )


def kept(told: Sequence[Told], most: int) -> list[Told]:
    """The newest of them, and the first that told of a degraded tone: a long call began where it did."""
    first = next((one for one in told if one.verdict in DEGRADED and one.emotion), None)
    newest = list(told[-most:])
    return newest if first is None or first in newest else [first, *newest[1:]]


def closing_line(told: Sequence[Told], phrasing: Phrasing) -> str:
    """Onset, peak, cause and recovery of a call that is over, in one sentence; '' where nothing was told of it."""
    bad = [one for one in told if one.verdict in DEGRADED and one.emotion]
    if not bad:
        return _calm(told, phrasing)
    first, worst = bad[0], min(bad, key=lambda one: one.tone)
    parts = [phrasing.say(f"sum.from.{first.emotion}", clock=_clock(first.since_ms))]
    if worst is not first:
        parts.append(phrasing.say("sum.worst", clock=_clock(worst.at_ms)))
    if cause := _cause(first, bad, phrasing):
        parts.append(cause)
    over = next((one for one in reversed(told) if one.verdict not in ("nothing", "dip")), first)
    is_over = over.verdict not in DEGRADED
    # When it was over is told by the first reason that said so after the last bad one.
    after = [one for one in told if one.at_ms > bad[-1].at_ms and one.verdict not in DEGRADED]
    parts.append(
        phrasing.say("sum.over", clock=_clock(after[0].at_ms)) if is_over and after else phrasing.say("sum.open")
    )
    return f"{'; '.join(parts)}."


def _cause(first: Told, bad: Sequence[Told], phrasing: Phrasing) -> str:
    """What the caller did or said, of the first reason that tells it."""
    named = next((one for one in bad if one.doing or one.quote), first)
    doing = phrasing.listed(phrasing.does[name] for name in named.doing)
    quote = phrasing.quote.format(words=named.quote) if named.quote else ""
    if doing:
        return phrasing.say("sum.doing", doing=doing, quote=quote)
    return phrasing.say("sum.said", quote=quote) if quote else ""


def _calm(told: Sequence[Told], phrasing: Phrasing) -> str:
    bright = next((one for one in told if one.verdict == "brighter"), None)
    doubted = next((one for one in told if one.verdict in DEGRADED), None)
    if doubted is not None:
        return f"{phrasing.say('sum.doubted', clock=_clock(doubted.since_ms))}."
    return "" if bright is None else f"{phrasing.say('sum.bright', clock=_clock(bright.since_ms))}."


def _clock(at_ms: int) -> str:
    return "{}:{:02d}".format(*divmod(at_ms // 1000, 60))
