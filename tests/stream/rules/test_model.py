"""Which rules hold for a queue."""

from __future__ import annotations

from typing import get_args

from tonewatch.stream.rules.file import parse
from tonewatch.stream.rules.model import BUILT_IN, AngerRule, DeadAirRule, DistressRule, Patch, Rule, RuleSet, patched
from tonewatch.stream.tone.alerts.tone_rules import about_tone
from tonewatch.stream.tone.alerts.turn_rules import about_turns
from tonewatch.stream.tone.alerts.word_rules import about_words

FILE = """
version: 1
rules:
  dead_air: {silence_s: 30}
  sudden_drop: {enabled: false}
teams:
  north:
    queues: [billing, "cards-*"]
    rules:
      anger: {severity: act, fire: 0.8}
queues:
  "cards-*":
    anger: {fire: 0.95}
    shouting: {kind: anger, fire: 0.99, severity: act}
"""


def rules_of(queue: str) -> dict[str, Rule]:
    found = parse(FILE)
    assert isinstance(found, RuleSet)
    return {rule.name: rule for rule in found.for_queue(queue)}


def test_without_a_file_the_built_in_rules_hold_for_every_queue() -> None:
    assert RuleSet().for_queue("anything") == tuple(rule for rule in BUILT_IN if rule.enabled)


def test_what_is_said_for_all_holds_for_a_queue_that_is_not_named() -> None:
    rules = rules_of("orders")
    dead_air = rules["dead_air"]
    assert isinstance(dead_air, DeadAirRule)
    assert dead_air.silence_s == 30
    assert "sudden_drop" not in rules
    assert rules["anger"] == BUILT_IN[0]


def test_a_team_changes_its_queues_and_a_queue_changes_its_team() -> None:
    assert anger_of(rules_of("billing")) == (0.8, "act")
    cards = rules_of("cards-gold")
    assert anger_of(cards) == (0.95, "act")
    assert (cards["shouting"].kind, cards["shouting"].cause) == ("anger", "tone")


def anger_of(rules: dict[str, Rule]) -> tuple[float, str]:
    anger = rules["anger"]
    assert isinstance(anger, AngerRule)
    return anger.fire, anger.severity


def test_a_setting_that_a_kind_has_not_got_changes_nothing_of_it() -> None:
    anger = BUILT_IN[0]
    assert patched(anger, "anger", Patch(silence_s=12.0)) == anger


def test_a_rule_that_changes_its_kind_keeps_what_both_kinds_have() -> None:
    anger = AngerRule(name="anger", fire=0.9, severity="act")
    assert patched(anger, "anger", Patch(kind="distress")) == DistressRule(name="anger", fire=0.9, severity="act")


def test_two_blocks_that_contradict_each_other_still_make_a_rule_that_can_clear() -> None:
    found = parse(
        "version: 1\nteams:\n  a: {queues: [q], rules: {anger: {clear: 0.7}}}\nqueues:\n  q: {anger: {fire: 0.6}}\n"
    )
    assert isinstance(found, RuleSet)
    anger = found.for_queue("q")[0]
    assert isinstance(anger, AngerRule)
    assert anger.clear < anger.fire


def test_every_kind_of_rule_is_judged_by_one_of_the_three_that_judge() -> None:
    for kind in get_args(Rule):
        rule = kind(name="r")
        assert len([*about_tone([rule]), *about_turns([rule]), *about_words([rule])]) == 1, kind
        assert rule.fires_when() and rule.clears_when() and rule.thresholds()
