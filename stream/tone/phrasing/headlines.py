"""The first clause of a text, which alone must tell a row: what happened, with its time."""

from __future__ import annotations

from tonewatch.stream.tone.argument import Argument
from tonewatch.stream.tone.phrasing.phrasing import Phrasing
from tonewatch.stream.tone.verdict import DEGRADED


def headline_of(argument: Argument, phrasing: Phrasing) -> str:
    """As in "Angrier since 1:02", without a point."""
    clock = "{}:{:02d}".format(*divmod(argument.since_ms // 1000, 60))
    fine = phrasing.say("fine") if argument.advice == "none" else ""
    return phrasing.say(_key(argument), clock=clock, fine=fine)


def _key(argument: Argument) -> str:
    if argument.verdict in DEGRADED:
        return _doubted(argument) if argument.doubt and not argument.against_before else _degraded(argument)
    return _back(argument) if argument.verdict == "back" else _calm(argument)


def _doubted(argument: Argument) -> str:
    if argument.doubt == "happy":
        if argument.relation in ("explain", "ironic", "mixed") or argument.is_strained:
            return "mixed.since"
        if argument.excited:
            return "joy_instead.since"
    return "doubtful.since" if argument.moved or not argument.has_usual else "no_worse.since"


def _degraded(argument: Argument) -> str:
    when = "than" if argument.against_before else "since"
    if argument.verdict == "falling":
        return "falling.than" if argument.against_before else "unclear.since"
    if argument.verdict == "still":
        return f"still.{argument.emotion}" if argument.present else "still.none" if argument.moved else "unclear.than"
    if argument.again and not argument.against_before and not argument.doubt:
        return f"again.{argument.emotion}" if argument.present else "again.none" if argument.moved else "unclear.since"
    if argument.grows and (argument.certainty != "leaning" or not argument.hinted):
        return f"more.{argument.emotion}.{when}"
    if argument.against_before and argument.present and not argument.doubt:
        return f"worse.{argument.emotion}.than"
    if argument.hinted and not argument.doubt:
        leaning = "leaning" if argument.certainty == "leaning" or argument.against_before else "is"
        return f"{leaning}.{argument.emotion}.{when}"
    return f"worse.{when}" if argument.moved else f"unclear.{when}"


def _back(argument: Argument) -> str:
    if not argument.moved:
        return "over.by" if argument.has_usual else "over.unknown"
    if argument.is_calm_told and not argument.against_before:
        return "back.still"
    if not argument.against_before:
        return "back.by"
    if argument.was_calm and argument.kind == "recovery" and argument.advice == "none":
        return "back.calm"
    return "back.since" if argument.advice == "none" else "calmer.since"


def _calm(argument: Argument) -> str:
    when = "than" if argument.against_before else "since"
    if argument.emotion:
        return "more.happy.since" if argument.grows else "is.happy.since"
    return f"{'brighter' if argument.verdict == 'brighter' else 'dip'}.{when}"
