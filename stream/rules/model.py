"""Rules: when an alert is raised, how severe it is, and for which queue.

A file of rules changes the built-in ones, for all calls, then for a team, then for a queue; what is not said stays.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tonewatch.stream.messages import Cause, Emotion, Name, Thresholds

RuleKind = Literal["anger", "distress", "sudden_drop", "interruptions", "dead_air", "words"]

Severity = Literal["watch", "act"]

Probability = Annotated[float, Meta(ge=0.01, le=0.999)]
Seconds = Annotated[float, Meta(ge=0, le=3600)]


class BaseRule(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What every rule has.

    hold_s       for this long its condition must be over before the alert is
    cooldown_s   so soon after its end the alert is reopened rather than a new one raised
    """

    cause: ClassVar[Cause]

    name: Name
    enabled: bool = True
    severity: Severity = "watch"
    hold_s: float = 4.0
    cooldown_s: float = 20.0

    @property
    def kind(self) -> RuleKind:
        kind: RuleKind = self.__struct_config__.tag  # type: ignore[assignment]
        return kind

    def severity_at(self, tone: float, *, proven: bool = True) -> Severity:
        """How severe it is at a rolling tone; `proven`: the caller's own voice or the words bear it out."""
        return self.severity

    def thresholds(self) -> Thresholds:
        """Its limits in the unit that its kind is judged in."""
        raise NotImplementedError

    def fires_when(self) -> str:
        """In words, for `tonewatch rules check`."""
        raise NotImplementedError

    def clears_when(self) -> str:
        """In words, for `tonewatch rules check`."""
        raise NotImplementedError


class ToneRule(BaseRule, frozen=True, kw_only=True):
    """A rule about the caller's tone.

    act_below    rolling tone under which the severity rises to act, where it is proven (`tone/alerts/proof.py`)
    fire, clear  probability of a degraded tone: raised above the first, over below the second
    evidence_s   seconds of degraded speech that an alert needs at least
    """

    cause: ClassVar[Cause] = "tone"
    about: ClassVar[Emotion | None] = None
    """The emotion that an alert of this kind is about; null where it is about any."""

    act_below: float | None = None
    fire: float = 0.8
    clear: float = 0.3
    evidence_s: float = 0.8

    def severity_at(self, tone: float, *, proven: bool = True) -> Severity:
        if not proven:  # what the model hears may be a strange voice or a line: nobody is asked to act on it alone
            return "watch"
        return "act" if self.act_below is not None and tone <= self.act_below else self.severity

    def thresholds(self) -> Thresholds:
        return _thresholds(self, "probability", self.fire, self.clear)

    def fires_when(self) -> str:
        return f"probability {self.fire:g}, {self.evidence_s:g} s of speech"

    def clears_when(self) -> str:
        return f"probability {self.clear:g} for {self.hold_s:g} s"


class AngerRule(ToneRule, frozen=True, kw_only=True, tag="anger"):
    """The tone is degraded, and angry rather than sad."""

    about: ClassVar[Emotion | None] = "angry"


class DistressRule(ToneRule, frozen=True, kw_only=True, tag="distress"):
    """The tone is degraded, and sad rather than angry."""

    about: ClassVar[Emotion | None] = "sad"


class SuddenDropRule(ToneRule, frozen=True, kw_only=True, tag="sudden_drop"):
    """The rolling tone fell by `drop` within `within_s`, and is degraded."""

    drop: float = 0.8
    within_s: float = 30.0

    def thresholds(self) -> Thresholds:
        return _thresholds(self, "probability", self.fire, self.clear, self.within_s)

    def fires_when(self) -> str:
        return f"probability {self.fire:g} and a fall of {self.drop:g} within {self.within_s:g} s"


class InterruptionsRule(BaseRule, frozen=True, kw_only=True, tag="interruptions"):
    """`count` interruptions by either party within `within_s`, each with `overlap_s` of both speaking at least."""

    cause: ClassVar[Cause] = "interruptions"

    count: int = 4
    within_s: float = 30.0
    overlap_s: float = 0.5

    def thresholds(self) -> Thresholds:
        return _thresholds(self, "count", self.count, 1, self.within_s)

    def fires_when(self) -> str:
        return f"{self.count} of {self.overlap_s:g} s within {self.within_s:g} s"

    def clears_when(self) -> str:
        return f"none for {self.within_s:g} s"


class DeadAirRule(BaseRule, frozen=True, kw_only=True, tag="dead_air"):
    """Neither party spoke for `silence_s`."""

    cause: ClassVar[Cause] = "dead_air"

    silence_s: float = 20.0

    def thresholds(self) -> Thresholds:
        return _thresholds(self, "ms", 1000 * self.silence_s, 0)

    def fires_when(self) -> str:
        return f"{self.silence_s:g} s without a word"

    def clears_when(self) -> str:
        return "with the next word"


class WordsRule(BaseRule, frozen=True, kw_only=True, tag="words"):
    """The caller's words turn cold, sarcastic, resigned, insistent or threatening, in whatever voice.

    fire, clear  probability that the words have turned (`tone/evidence/word_turn.py`)
    count        utterances of which each speaks for it, within `within_s`
    act_below    rolling tone of the voice under which the severity rises to act; null: the words alone never ask to act
    """

    cause: ClassVar[Cause] = "words"

    fire: float = 0.8
    clear: float = 0.3
    count: int = 2
    within_s: float = 60.0
    act_below: float | None = -0.6

    def severity_at(self, tone: float, *, proven: bool = True) -> Severity:
        return "act" if self.act_below is not None and tone <= self.act_below else self.severity

    def thresholds(self) -> Thresholds:
        return _thresholds(self, "probability", self.fire, self.clear, self.within_s)

    def fires_when(self) -> str:
        return f"probability {self.fire:g} by the words of {self.count} utterances within {self.within_s:g} s"

    def clears_when(self) -> str:
        return f"probability {self.clear:g}"


Rule = AngerRule | DistressRule | SuddenDropRule | InterruptionsRule | DeadAirRule | WordsRule
"""One class a kind; `kind` is the tag."""


def _thresholds(
    rule: BaseRule,
    unit: Literal["probability", "count", "ms"],
    fire: float,
    clear: float,
    within_s: float = 0.0,
) -> Thresholds:
    return Thresholds(
        fire=float(fire),
        clear=float(clear),
        hold_ms=round(1000 * rule.hold_s),
        cooldown_ms=round(1000 * rule.cooldown_s),
        min_segments=1,
        unit=unit,
        within_ms=round(1000 * within_s),
    )


BUILT_IN: tuple[Rule, ...] = (
    AngerRule(name="anger", act_below=-0.6),
    DistressRule(name="distress", act_below=-0.6),
    SuddenDropRule(name="sudden_drop", severity="act", within_s=10.0),
    InterruptionsRule(name="interruptions", cooldown_s=60.0),
    DeadAirRule(name="dead_air", cooldown_s=30.0),
    WordsRule(name="words", cooldown_s=60.0),
)


class Patch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a file says of one rule; a setting that the rule's kind has not got is without effect.

    A rule of a new name needs a `kind`. Times are seconds.
    """

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
    kind = said.pop("kind", rule.kind if rule is not None else None)
    if kind is None:
        known = ", ".join(r.name for r in BUILT_IN)
        raise ValueError(f"{name} is no built-in rule ({known}): give it a `kind`")
    if rule is None or kind != rule.kind:
        before = {} if rule is None else msgspec.structs.asdict(rule)
        rule = next(r for r in BUILT_IN if r.kind == kind)
        said = {**before, **said}  # a rule that changes its kind keeps what both kinds have
    settings = {field: value for field, value in said.items() if field in rule.__struct_fields__}
    result: Rule = msgspec.structs.replace(rule, **{**settings, "name": name})
    if not isinstance(result, ToneRule | WordsRule) or result.clear < result.fire:
        return result
    if checked:
        raise ValueError(f"`clear` {result.clear:g} must be below `fire` {result.fire:g}")
    return msgspec.structs.replace(result, clear=result.fire - 0.005)
