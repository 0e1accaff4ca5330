"""Rules: when an alert is raised, how severe it is, and for which queue.

A file of rules changes the built-in ones, for all calls, then for a team, then for a queue; what is not said stays.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tonewatch.stream.messages import Cause

RuleKind = Literal["anger", "distress", "sudden_drop", "interruptions", "dead_air"]

Severity = Literal["watch", "act"]

CAUSES: dict[RuleKind, Cause] = {
    "anger": "tone",
    "distress": "tone",
    "sudden_drop": "tone",
    "interruptions": "interruptions",
    "dead_air": "dead_air",
}

Probability = Annotated[float, Meta(ge=0.01, le=0.999)]
Seconds = Annotated[float, Meta(ge=0, le=3600)]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule with all its settings; those that its kind does not use have no effect.

    act_below    rolling tone under which the severity rises to act
    fire, clear  probability of a degraded tone: raised above the first, over below the second
    hold_s       for this long it must stay cleared
    cooldown_s   so soon after its end the alert is reopened rather than a new one raised
    evidence_s   seconds of degraded speech that an alert needs at least
    drop         by how much the rolling tone must fall within `within_s`
    count        interruptions within `within_s`, each of `overlap_s` at least
    silence_s    of both parties
    """

    name: str
    kind: RuleKind
    enabled: bool = True
    severity: Severity = "watch"
    act_below: float | None = None
    fire: float = 0.8
    clear: float = 0.3
    hold_s: float = 4.0
    cooldown_s: float = 20.0
    evidence_s: float = 0.8
    drop: float = 0.8
    within_s: float = 30.0
    count: int = 4
    overlap_s: float = 0.5
    silence_s: float = 20.0

    @property
    def cause(self) -> Cause:
        return CAUSES[self.kind]


BUILT_IN: tuple[Rule, ...] = (
    Rule(name="anger", kind="anger", act_below=-0.6),
    Rule(name="distress", kind="distress", act_below=-0.6),
    Rule(name="sudden_drop", kind="sudden_drop", severity="act", within_s=10.0),
    Rule(name="interruptions", kind="interruptions", cooldown_s=60.0),
    Rule(name="dead_air", kind="dead_air", cooldown_s=30.0),
)


class Patch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a file says of one rule. A rule of a new name needs a `kind`. Times are seconds."""

    kind: RuleKind | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    severity: Severity | UnsetType = UNSET
    act_below: Annotated[float, Meta(ge=-1, le=0)] | UnsetType | None = UNSET
    fire: Probability | UnsetType = UNSET
    clear: Probability | UnsetType = UNSET
    hold_s: Seconds | UnsetType = UNSET
    cooldown_s: Seconds | UnsetType = UNSET
    evidence_s: Annotated[float, Meta(ge=0, le=60)] | UnsetType = UNSET
    drop: Annotated[float, Meta(gt=0, le=2)] | UnsetType = UNSET
    within_s: Annotated[float, Meta(gt=0, le=60)] | UnsetType = UNSET
    count: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET
    overlap_s: Annotated[float, Meta(gt=0, le=10)] | UnsetType = UNSET
    silence_s: Annotated[float, Meta(ge=2, le=50)] | UnsetType = UNSET

    def said(self) -> dict[str, Any]:
        """The settings that were given."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}


Patches = dict[str, Patch]


class Team(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Queues that are looked after together; `*` and `?` stand for any text and any letter."""

    queues: list[str]
    rules: Patches = {}


class RulesFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of rules: for every call, by team, by queue; the later one wins.

    A name of `queues` may hold `*` and `?`; of several that fit, the one furthest down wins.
    """

    version: Literal[1]
    rules: Patches = {}
    teams: dict[str, Team] = {}
    queues: dict[str, Patches] = {}


class RuleSet(msgspec.Struct, frozen=True):
    """What holds for each queue. Without a file, the built-in rules hold for all."""

    file: RulesFile = RulesFile(version=1)

    def for_queue(self, queue: str) -> tuple[Rule, ...]:
        """The enabled rules of a call of this queue, in the order in which they are tried."""
        rules = {rule.name: rule for rule in BUILT_IN}
        for patches in self._layers(queue):
            for name, patch in patches.items():
                rules[name] = patched(rules.get(name), name, patch, checked=False)
        return tuple(rule for rule in rules.values() if rule.enabled)

    def _layers(self, queue: str) -> list[Patches]:
        teams = [team.rules for team in self.file.teams.values() if any(fnmatchcase(queue, q) for q in team.queues)]
        queues = [patches for pattern, patches in self.file.queues.items() if fnmatchcase(queue, pattern)]
        return [self.file.rules, *teams, *queues]


def patched(rule: Rule | None, name: str, patch: Patch, *, checked: bool = True) -> Rule:
    """A known rule with what a file says of it, or a new one of the kind that it names.

    Where `checked` is false, a limit to clear that is not below the one to fire is set just below it: two blocks of
    a file that are sound by themselves can add up to that for one queue.

    Raises:
        ValueError: a new rule names no kind, or what results contradicts itself.
    """
    said = patch.said()
    if rule is None:
        if "kind" not in said:
            known = ", ".join(r.name for r in BUILT_IN)
            raise ValueError(f"{name} is no built-in rule ({known}): give it a `kind`")
        rule = next(r for r in BUILT_IN if r.kind == said["kind"])
    result = msgspec.structs.replace(rule, **{**said, "name": name})
    if result.clear >= result.fire and not checked:
        return msgspec.structs.replace(result, clear=result.fire - 0.005)
    if result.clear >= result.fire:
        raise ValueError(f"`clear` {result.clear:g} must be below `fire` {result.fire:g}")
    return result
