"""Figures, counterfactuals and the page, over explainers whose behaviour is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.asking import ExplainedMoment, ask_all
from tonewatch.models.reasons.counterfactual_evaluation import Reply, grafted, questions, replies
from tonewatch.models.reasons.moments import AskedMoment
from tonewatch.models.reasons.reason_metrics import bare
from tonewatch.models.reasons.record import document
from tonewatch.models.reasons.report import Page, html, printed, write_report
from tonewatch.stream.messages import FactsTable, ModelRef
from tonewatch.workers.reasons.decide import negative_facts
from tonewatch.workers.reasons.engines.engine import Completion, Request

Says = Callable[[FactsTable], str]
MODEL = ModelRef(name="known", version="0")


@dataclass
class Known:
    """An explainer that reads the facts and says what a rule tells it."""

    says: Says
    ref: ModelRef = MODEL

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        assert request.facts is not None
        return Completion(self.says(request.facts), 20, 0.1)

    async def aclose(self) -> None:
        return


def honest(facts: FactsTable) -> str:
    """Follows the measurements in what it says and in what it answers."""
    level = next(fact for fact in facts.facts if fact.name == "level")
    voice = "Loudness unchanged." if not level.salient else "Louder." if level.delta > 0 else "Quieter."
    words = f'The caller says "{facts.quotes[0].text}".' if facts.quotes else "none"
    degraded = bool(negative_facts(facts)) and facts.tone < facts.tone_before - 0.05
    label = "angry" if degraded else "neutral"
    return (
        f"<think>\nVoice: {voice}\nWords: {words}\n</think>"
        f"<answer>{label}; degraded {'yes' if degraded else 'no'}; confidence 0.8</answer>"
    )


def stubborn(facts: FactsTable) -> str:
    """Says the same whatever was measured."""
    return "<think>Louder by 7 dB.</think><answer>angry; degraded yes; confidence 0.8</answer>"


TRUTH = {"boiling": (True, Mood.ANGRY), "sinking": (True, Mood.SAD), "flat": (False, Mood.CALM)}


def asked(tables: dict[str, FactsTable]) -> list[tuple[AskedMoment, FactsTable]]:
    found = []
    for name, (degraded, mood) in TRUTH.items():
        table = tables[name]
        one = AskedMoment(name, name, "onset", True, table, (table.window_start_ms,), (mood,), mood, degraded, "a")
        found.append((one, table))
    return found


def told(says: Says, tables: dict[str, FactsTable]) -> list[ExplainedMoment]:
    return asyncio.run(ask_all(asked(tables), Known(says), deadline_s=5))


def replied(says: Says, tables: dict[str, FactsTable]) -> list[Reply]:
    found = told(says, tables)
    return asyncio.run(replies(questions(found, 0), Known(says), deadline_s=5))


def test_one_that_follows_the_facts_flips_with_them_and_stays_where_nothing_matters(
    tables: dict[str, FactsTable],
) -> None:
    found = reason_metrics(told(honest, tables), replied(honest, tables))
    assert (found.answer_accuracy, found.flip_rate, found.stay_rate) == (1.0, 1.0, 1.0)
    assert (found.alignment_raw, found.model_share) == (1.0, 1.0)


def test_one_that_says_the_same_of_everything_is_found_out(tables: dict[str, FactsTable]) -> None:
    found = reason_metrics(told(stubborn, tables), replied(stubborn, tables))
    assert found.flips["calm"] == 0.0
    assert found.stay_rate == 1.0
    assert found.answer_accuracy == pytest.approx(2 / 3, abs=0.001)
    assert found.alignment_raw is not None and found.alignment_raw < 0.5
    assert found.alignment_shown == 1.0
    assert found.fallbacks == {"contradicts": 2}


def test_measurements_of_another_go_under_the_words_of_this_one(tables: dict[str, FactsTable]) -> None:
    mixed = grafted(tables["boiling"], tables["flat"])
    assert mixed.facts == tables["flat"].facts
    assert mixed.quotes == tables["boiling"].quotes


def test_what_is_told_of_a_run_has_every_key_that_is_promised(tables: dict[str, FactsTable]) -> None:
    found = told(honest, tables)
    main = reason_metrics(found, replied(honest, tables))
    written = document(main, {"known": main}, found)
    promised = {"rationales", "claims", "alignment_raw", "alignment_shown", "model_share", "answer_accuracy", "texts"}
    assert promised | {"flip_rate", "stay_rate", "completeness", "seconds_p50"} <= set(written)
    texts = written["texts"]
    assert isinstance(texts, list)
    assert {"call_id", "facts", "text", "source", "claims"} <= set(texts[0])


def test_alignment_before_the_check_is_that_of_the_first_try(tables: dict[str, FactsTable]) -> None:
    class Mended(Known):
        async def complete(self, request: Request, *, deadline_s: float) -> Completion:
            assert request.facts is not None
            false = "<think>Louder by 40 dB.</think><answer>angry; degraded yes; confidence 0.8</answer>"
            return Completion(honest(request.facts), 20, 0.1, false)

    found = reason_metrics(asyncio.run(ask_all(asked(tables), Mended(honest), deadline_s=5)))
    assert found.model_share == 1.0
    assert found.alignment_raw is not None and found.alignment_raw < 0.5


def test_figures_over_nothing_divide_by_nothing() -> None:
    found = reason_metrics([])
    assert (found.rationales, found.alignment_raw, found.answer_accuracy) == (0, None, None)


def test_the_page_prints_reasons_as_they_were_given(tmp_path: Path, tables: dict[str, FactsTable]) -> None:
    found = told(honest, tables)
    page = Page("3 calls", {"known": reason_metrics(found)}, found)
    assert write_report(tmp_path, page).read_text() == html(page)
    assert all(one.rationale.text.replace('"', "&quot;") in html(page) for one in found)
    assert len(printed(found * 40)) == 50


def test_texts_that_differ_in_figures_and_quotations_only_are_alike() -> None:
    assert bare('Louder by 7 dB. "No."') == bare('Louder by 12 dB. "Yes."')
