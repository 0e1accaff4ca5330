"""Arguments: what they conclude, and that no table makes one that contradicts itself."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings

from tonewatch.stream.messages import FactsTable, MomentKind, Posterior, Quote
from tonewatch.stream.tone.argument import argue
from tonewatch.stream.tone.verdict import DEGRADED

from .tables import fact, table, tables

ANGRY = Posterior(angry=0.85, happy=0.05, neutral=0.05, sad=0.05)
CALM = Posterior(angry=0.05, happy=0.1, neutral=0.8, sad=0.05)
JOY = Posterior(angry=0.2, happy=0.7, neutral=0.05, sad=0.05)
RAISED = (fact("level", -14.0, -21.0, 3.5), fact("effort", -6.0, -14.0, 4.0))


def heard(now: Posterior, *, tone: float = -0.6, said: str = "", since: float | None = None) -> FactsTable:
    quotes = (Quote(segment_id="c/0/1", start_ms=51_000, text=said),) if said else ()
    return msgspec.structs.replace(
        table(*RAISED, tone=tone),
        posterior=now,
        posterior_baseline=CALM,
        quotes=quotes,
        since_ms=None if since is None else 20_000,
        tone_since=since,
    )


@settings(max_examples=100, deadline=None)
@given(tables())
def test_no_argument_contradicts_itself(facts: FactsTable) -> None:
    kinds: tuple[MomentKind, ...] = ("onset", "update", "recovery")
    for kind in kinds:
        found = argue(facts, kind)
        named = [cue.name for cue in (*found.heard, *found.contrary)]
        assert len(named) == len(set(named)) and len(named) <= 4
        assert not set(found.same) & set(named)
        assert found.emotion not in ("angry", "sad") or found.verdict in DEGRADED
        assert found.emotion != "happy" or found.verdict == "brighter"
        assert found.doubt == "" or (found.verdict in DEGRADED and found.certainty == "leaning")
        assert found.rival == "" or found.rival != found.emotion
        assert kind != "onset" or found.advice in ("listen", "check")
        assert found.advice != "listen" or found.certainty != "leaning"


@pytest.mark.parametrize(
    ("tone", "since", "verdict"),
    [
        (-0.6, None, "rising"),
        (-0.6, -0.3, "rising"),
        (-0.6, -0.61, "still"),
        (-0.4, -0.8, "falling"),
        (0.05, -0.6, "back"),
        (0.3, 0.1, "brighter"),
        (0.0, 0.1, "dip"),
        (0.1, 0.1, "nothing"),
    ],
)
def test_an_update_is_what_the_tone_did(tone: float, since: float | None, verdict: str) -> None:
    assert argue(heard(CALM if tone > -0.2 else ANGRY, tone=tone, since=since), "update").verdict == verdict


@pytest.mark.parametrize(
    ("said", "relation", "certainty"),
    [
        ("This is unacceptable.", "explain", "sure"),
        ("The number is nine.", "ordinary", "sure"),
        ("Thank you so much.", "contradict", "likely"),
        ("", "unknown", "sure"),
    ],
)
def test_words_explain_a_voice_or_contradict_it(said: str, relation: str, certainty: str) -> None:
    found = argue(heard(ANGRY, said=said), "onset")
    assert (found.relation, found.certainty) == (relation, certainty)


@pytest.mark.parametrize("kind", ["onset", "update", "recovery"])
def test_what_another_release_measures_is_no_cue(kind: MomentKind) -> None:
    strange = msgspec.structs.replace(fact("pitch", 20.0, 10.0, 5.0), name="warble")
    calm = msgspec.structs.replace(strange, name="hum", z=0.1, salient=False)
    known = table(fact("level", -10.0, -20.0, 3.0))
    facts = msgspec.structs.replace(known, facts=(strange, calm, *known.facts), changed=(strange,))
    assert argue(facts, kind) == argue(known, kind)


def test_loud_and_high_is_anger_or_joy_and_the_rival_is_named() -> None:
    assert (argue(heard(ANGRY), "onset").rival, argue(heard(JOY, tone=0.4), "update").rival) == ("happy", "angry")
    mixed = argue(heard(Posterior(angry=0.5, happy=0.4, neutral=0.05, sad=0.05)), "onset")
    assert mixed.second and mixed.certainty == "leaning" and mixed.advice == "check"


@pytest.mark.parametrize("now", [JOY, CALM])
def test_a_label_that_disagrees_with_an_alert_disputes_it(now: Posterior) -> None:
    found = argue(heard(now), "onset")
    assert found.disputed and found.doubt and found.certainty == "leaning" and found.advice == "check"
    assert not argue(heard(ANGRY), "onset").disputed


def test_an_alert_whose_tone_did_not_fall_is_disputed() -> None:
    assert argue(heard(ANGRY, tone=0.3), "onset").disputed


def test_a_recovery_names_what_is_back_and_what_is_not() -> None:
    facts = table(fact("level", -20.7, -21.0, 0.2, salient=False), fact("rate", 5.9, 4.6, 2.8), tone=0.05)
    found = argue(msgspec.structs.replace(facts, posterior=CALM), "recovery")
    assert (found.verdict, found.same, [cue.name for cue in found.heard]) == ("back", ("level",), ["rate"])
    assert found.advice == "none"
