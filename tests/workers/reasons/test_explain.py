from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.board.view import CallView, apply
from tonewatch.stream.codec import decode_alert
from tonewatch.stream.messages import Alert, Decision, ModelRef, Moment, MomentKind, Rationale
from tonewatch.stream.tone.alerts.alert_book import AlertBook
from tonewatch.stream.tone.alerts.slot import AlertSlot
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.sentence import sentence
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step
from tonewatch.workers.reasons.engines.engine import (
    Completion,
    EngineBusy,
    EngineLate,
    EngineMalformed,
    EngineUnavailable,
    Request,
)
from tonewatch.workers.reasons.explain import explain, from_the_facts, in_the_arguments_words, weigh

from ..claims import TABLES

MODEL = ModelRef(name="spoken", version="0" * 12)
CONFIRMS = (
    "<think>\nVoice: Louder by 7 dB. Slower than usual.\nChange: The tone fell to -0.62.\n</think>"
    "<answer>angry; degraded yes; confidence 0.9</answer>"
)
DENIES = "<think>Voice: {}</think><answer>neutral; degraded no; confidence 0.6</answer>"


@dataclass
class Scripted:
    """An engine that says one thing, or fails in one way."""

    says: str | Exception
    prompt: str = ""
    ref: ModelRef = MODEL

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        self.prompt = request.prompt
        if isinstance(self.says, Exception):
            raise self.says
        return Completion(self.says, 60, 1.5)

    async def aclose(self) -> None:
        return


def moment(table: str = "boiling", kind: MomentKind = "onset") -> Moment:
    facts = TABLES[table]
    return Moment(call_id="c", moment_id="c/m", kind=kind, at_ms=facts.at_ms, alert_id="c/a", facts=facts, sentence="")


async def test_a_checked_reason_is_shown_without_its_false_sentence_and_decides() -> None:
    ticks = iter([10.0, 12.5])
    rationale = await explain(moment(), Scripted(CONFIRMS), deadline_s=5, clock=lambda: next(ticks))
    assert rationale.text == "Louder by 7 dB. The tone fell to -0.62."
    assert (rationale.source, rationale.decision, rationale.fallback) == ("model", "confirm", "")
    assert (rationale.label, rationale.confidence, rationale.seconds) == ("angry", 0.9, 2.5)
    assert (rationale.claims_total, rationale.claims_false) == (len(rationale.claims), 1)


@pytest.mark.parametrize(
    ("says", "fallback"),
    [
        (EngineLate("late"), "late"),
        (EngineUnavailable("gone"), "missing"),
        (EngineBusy("full"), "shed"),
        (EngineMalformed("odd"), "malformed"),
        ("no tags at all", "malformed"),
        (CONFIRMS.replace("Louder by 7 dB.", "Quieter."), "contradicts"),
        (DENIES.format("Louder by 7 dB."), "contradicts"),
    ],
)
async def test_whatever_the_model_does_the_facts_have_a_sentence(says: str | Exception, fallback: str) -> None:
    rationale = await explain(moment(), Scripted(says), deadline_s=5, clock=lambda: 0.0)
    assert (rationale.source, rationale.fallback) == ("facts", fallback)
    assert rationale.text == sentence(TABLES["boiling"], "onset")
    assert rationale.decision == "confirm"


async def test_a_list_of_what_did_not_change_is_no_reason_for_an_alert() -> None:
    facts = TABLES["boiling"]
    steady = tuple(msgspec.structs.replace(f, delta=0.0, z=0.0, value=f.baseline, salient=False) for f in facts.facts)
    angry = tuple(f if f.name != "angry" else next(x for x in facts.facts if x.name == "angry") for f in steady)
    only_angry = msgspec.structs.replace(moment(), facts=msgspec.structs.replace(facts, facts=angry))
    says = CONFIRMS.replace("Louder by 7 dB. Slower than usual.", "Loudness unchanged.")
    rationale = await explain(only_angry, Scripted(says), deadline_s=5, clock=lambda: 0.0)
    assert (rationale.source, rationale.fallback) == ("facts", "empty")
    assert "angr" in rationale.text.lower()


async def test_without_an_engine_the_reason_is_called_missing() -> None:
    rationale = await explain(moment(), None, deadline_s=5, clock=lambda: 0.0)
    assert (rationale.source, rationale.fallback, rationale.model) == ("facts", "missing", None)


def test_a_withdrawal_needs_facts_that_show_nothing_negative() -> None:
    agreed = weigh(moment("flat"), DENIES.format("Loudness and pitch are unchanged."), MODEL)
    assert (agreed.source, agreed.decision) == ("model", "withdraw")
    refused = weigh(moment("sinking"), DENIES.format("Softer than usual."), MODEL)
    assert (refused.source, refused.fallback) == ("facts", "contradicts")


def test_a_confirmation_needs_a_negative_fact() -> None:
    text = "<think>Pitch is unchanged.</think><answer>angry; degraded yes; confidence 0.9</answer>"
    refused = weigh(moment("flat"), text, MODEL)
    assert (refused.source, refused.fallback, refused.decision) == ("facts", "contradicts", "abstain")


OTHERWISE = "<think>Voice: {}</think><answer>{}; degraded yes; confidence 0.7</answer>"


@pytest.mark.parametrize(
    ("table", "text", "label", "decision"),
    [
        ("cold", "Melody is flatter.", "sad", "confirm"),
        ("sinking", "Softer than usual.", "angry", "confirm"),
        ("sinking", "Softer than usual.", "sad", "confirm"),
        ("boiling", "Louder by 7 dB.", "sad", "confirm"),
    ],
)
def test_an_answer_that_no_measurement_carries_does_not_change_the_alert(
    table: str, text: str, label: str, decision: str
) -> None:
    assert weigh(moment(table), OTHERWISE.format(text, label), MODEL).decision == decision


@pytest.fixture
def sank() -> Moment:
    """The posterior says anger; the measurements are softer, lower and flatter."""
    facts, names = TABLES["sinking"], {"angry": "sad", "sad": "angry"}
    swapped = tuple(msgspec.structs.replace(fact, name=names.get(fact.name, fact.name)) for fact in facts.facts)
    found = msgspec.structs.replace(facts, facts=swapped)
    return msgspec.structs.replace(moment(), call_id="c-1", alert_id="c-1/anger/24000", facts=found)


def test_a_voice_that_sank_makes_an_alert_on_anger_one_on_distress(sank: Moment) -> None:
    rationale = weigh(sank, OTHERWISE.format("Softer than usual.", "sad"), MODEL)
    assert (rationale.source, rationale.decision, rationale.label) == ("model", "change", "sad")


def test_a_change_goes_all_the_way_to_the_board_under_the_alerts_id(sank: Moment) -> None:
    golden = Path(__file__).parents[2] / "stream" / "golden" / "older" / "alert-before-lifecycle.json"
    alert = msgspec.structs.replace(decode_alert(golden.read_bytes()), alert_id=sank.alert_id, rule="anger")
    memory, view = CallMemory(alerts=AlertBook(slots={"tone": AlertSlot(alert=alert)})), CallView(call_id="c-1")
    rationale = weigh(sank, OTHERWISE.format("Softer than usual.", "sad"), MODEL)
    [changed] = step(memory, rationale, ToneConfig())
    for event in (alert, rationale, changed):
        assert isinstance(event, Alert | Rationale)
        apply(view, event)
    assert [(one.alert_id, one.event, one.rule) for one in view.alerts.values()] == [
        (sank.alert_id, "changed", "distress")
    ]
    assert view.alerts[sank.alert_id].sentence == view.rationales[sank.alert_id].text == "Softer than usual."


def test_a_reason_says_what_changed_since_the_moment_before_whoever_wrote_it() -> None:
    first = moment(kind="update")
    later = msgspec.structs.replace(first, facts=msgspec.structs.replace(first.facts, since_ms=42_000, tone_since=0.1))
    for rationale in (weigh(later, CONFIRMS, MODEL), from_the_facts(later, "missing")):
        assert re.match(r"(Angry, and worse|Worse) than at 0:42", rationale.text)
    assert "0:42" not in weigh(first, CONFIRMS, MODEL).text


EARLY = "<think>The caller sounds {}. The tone fell to -0.62.</think><answer>{}; degraded yes; confidence 0.9</answer>"


@pytest.mark.parametrize(("table", "label", "source"), [("boiling", "angry", "model"), ("flat", "neutral", "facts")])
def test_before_the_baseline_is_known_the_posterior_alone_may_confirm(table: str, label: str, source: str) -> None:
    early = msgspec.structs.replace(TABLES[table], facts=(), posterior_baseline=None, baseline_segments=0)
    asked = msgspec.structs.replace(moment(), facts=early)
    rationale = weigh(asked, EARLY.format(label, label), MODEL)
    assert (rationale.source, rationale.decision) == (source, "confirm" if source == "model" else "abstain")


@pytest.mark.parametrize("kind", ["update", "recovery"])
def test_only_an_onset_is_decided(kind: MomentKind) -> None:
    assert weigh(moment(kind=kind), CONFIRMS, MODEL).decision == "abstain"
    assert from_the_facts(moment(kind=kind), "missing").decision == "abstain"


async def test_the_same_moment_and_completion_give_the_same_rationale() -> None:
    one, two = [await explain(moment(), Scripted(CONFIRMS), deadline_s=5, clock=lambda: 1.0) for _ in range(2)]
    assert one == two


async def test_a_changed_measurement_changes_what_the_same_words_are_worth() -> None:
    facts = TABLES["boiling"]
    turned = [msgspec.structs.replace(f, delta=-f.delta, z=-f.z) if f.name == "level" else f for f in facts.facts]
    other = msgspec.structs.replace(moment(), facts=msgspec.structs.replace(facts, facts=tuple(turned)))
    rationale = weigh(other, CONFIRMS, MODEL)
    assert "Louder" not in rationale.text


@pytest.mark.parametrize("table", ["boiling", "flat"])
def test_a_model_that_cannot_tell_abstains(table: str) -> None:
    says = "<think>The caller speaks.{}</think><answer>neutral; degraded unsure; confidence 0.5</answer>"
    voice = " Louder by 7 dB." if table == "boiling" else " Loudness is unchanged."
    rationale = weigh(moment(table), says.format(voice), MODEL)
    assert (rationale.source, rationale.decision) == ("model", "abstain")


def test_a_louder_voice_without_more_anger_may_be_withdrawn() -> None:
    facts = TABLES["boiling"]
    calm = [
        msgspec.structs.replace(f, value=f.baseline, delta=0.0, z=0.0, salient=False) if f.name == "angry" else f
        for f in facts.facts
    ]
    louder = msgspec.structs.replace(moment(), facts=msgspec.structs.replace(facts, facts=tuple(calm)))
    rationale = weigh(louder, DENIES.format("Louder by 7 dB."), MODEL)
    assert (rationale.source, rationale.decision) == ("model", "withdraw")


def test_what_the_model_decided_is_said_by_the_argument_and_stays_the_models_decision() -> None:
    decided = weigh(moment(), CONFIRMS, MODEL)
    spoken = in_the_arguments_words(decided, moment())
    assert spoken == msgspec.structs.replace(decided, text=sentence(TABLES["boiling"], "onset"), source="facts")
    assert (spoken.decision, spoken.fallback, spoken.model) == ("confirm", "", MODEL)
    assert spoken.claims == decided.claims


@pytest.mark.parametrize("decision", ["withdraw", "change", "abstain"])
def test_where_model_and_argument_differ_the_model_speaks_for_itself(decision: Decision) -> None:
    differs = msgspec.structs.replace(weigh(moment(), CONFIRMS, MODEL), decision=decision)
    assert in_the_arguments_words(differs, moment()) == differs


@pytest.mark.parametrize(("label", "source"), [("angry", "facts"), ("neutral", "model")])
def test_a_later_moment_is_argued_where_the_label_agrees_with_the_verdict(label: str, source: str) -> None:
    later = moment(kind="update")
    written = msgspec.structs.replace(weigh(later, CONFIRMS, MODEL), label=label)
    assert in_the_arguments_words(written, later).source == source


def test_what_fell_back_to_the_facts_stays_as_it_is() -> None:
    late = from_the_facts(moment(), "late", model=MODEL)
    assert in_the_arguments_words(late, moment()) == late


def test_a_reason_in_german_is_held_against_the_facts_as_an_english_one_is() -> None:
    says = CONFIRMS.replace("Louder by 7 dB. Slower than usual.", "Um 7 dB lauter. Langsamer als sonst.")
    says = says.replace("The tone fell to -0.62.", "Der Ton fiel auf -0,62.")
    told = weigh(moment(), says, MODEL)
    assert (told.text, told.source, told.decision) == ("Um 7 dB lauter. Der Ton fiel auf -0,62.", "model", "confirm")
    assert told.claims_false == 1
