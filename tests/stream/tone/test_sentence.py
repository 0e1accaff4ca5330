"""The text of a moment: every claim of it agrees with its facts, and it says what happened first."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tonewatch.stream.messages import Fact, FactsTable, MomentKind, Posterior, Quote, Told
from tonewatch.stream.tone.evidence.sentences import sentences
from tonewatch.stream.tone.sentence import MOST_WORDS, lead, sentence
from tonewatch.workers.reasons.checker.check import check

from ...workers.claims import TABLES
from .tables import fact, table, tables

KINDS: list[MomentKind] = ["onset", "update", "recovery"]
ANGRY = Posterior(angry=0.85, happy=0.05, neutral=0.05, sad=0.05)
CALM = Posterior(angry=0.05, happy=0.1, neutral=0.8, sad=0.05)
OPPOSITES = [
    ("louder", "quieter"),
    ("more strained", "less strained"),
    ("faster", "slower"),
    ("higher-pitched", "lower-pitched"),
    ("livelier", "flatter"),
    ("listen in", "No need to step in"),
    ("no concern", "keep an eye"),
    ("angrier", "happier"),
]


@settings(max_examples=120, deadline=None)
@given(tables(), st.sampled_from(KINDS))
def test_every_claim_of_a_text_agrees_with_its_table(facts: FactsTable, kind: MomentKind) -> None:
    text = sentence(facts, kind)
    if not text:
        assert kind == "update"
        return
    checked = check(text, facts)
    assert [claim for claim in checked.claims if claim.verdict != "true"] == []
    assert checked.claims and checked.dropped == () and checked.kept_text == text


TALKS_OVER_AND_FALLS_SILENT = msgspec.structs.replace(
    FactsTable.empty(60_000, 50_000, 60_000),
    baseline_segments=9,
    posterior=Posterior(angry=0.2, happy=0.4, neutral=0.2, sad=0.2),
    talk_over_ms=800,
    since_ms=20_000,
    tone_since=0.0,
    falls_silent_ms=3_000,
)
"""A voice like the usual beside two things that the caller does."""

AND_SOUNDS_ANGRY_TOO = msgspec.structs.replace(
    TALKS_OVER_AND_FALLS_SILENT,
    facts=tuple(
        Fact(name=name, value=now, baseline=0.0, unit="share", delta=now, z=0.0, salient=False, confidence=1.0)
        for name, now in (("angry", 0.5), ("happy", 1.0))
    ),
    posterior=Posterior(angry=0.2, happy=0.75, neutral=0.02, sad=0.03),
)


@settings(max_examples=80, deadline=None)
@given(tables(), st.sampled_from(KINDS))
@example(TALKS_OVER_AND_FALLS_SILENT, "onset")
@example(AND_SOUNDS_ANGRY_TOO, "onset")
def test_a_text_is_short_holds_no_score_and_never_says_a_thing_and_its_opposite(
    facts: FactsTable, kind: MomentKind
) -> None:
    text = sentence(facts, kind)
    assert len(text.split()) <= MOST_WORDS
    assert text.startswith(lead(facts, kind)[:-1]) and bool(text) == bool(lead(facts, kind))
    assert not re.search(r"\d\.\d|%|semitone|dB", text)
    for one, other in OPPOSITES:
        assert not (one.lower() in text.lower() and other.lower() in text.lower())


@settings(max_examples=80, deadline=None)
@given(tables())
def test_an_onset_is_told_of_without_what_speaks_against_it_but_as_a_doubt(facts: FactsTable) -> None:
    assert not re.search(
        r"happier|calmer|brighter|better|no need|no concern|less angry|calmed", sentence(facts, "onset").lower()
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_tables_of_the_checker_are_told_of_truly(name: str, kind: MomentKind) -> None:
    assert check(sentence(TABLES[name], kind), TABLES[name]).dropped == ()


def heard(said: str = "", **more: object) -> FactsTable:
    facts = table(fact("level", -14.0, -21.0, 3.5), fact("effort", -6.0, -14.0, 4.0), fact("pitch", 17.0, 12.0, 5.0))
    quotes = (Quote(segment_id="c/0/1", start_ms=51_000, text=said),) if said else ()
    return msgspec.structs.replace(facts, **{"posterior": ANGRY, "posterior_baseline": CALM, "quotes": quotes} | more)


def test_a_text_with_too_much_to_say_keeps_what_the_caller_does_and_leaves_the_voice_out() -> None:
    said = ("Oh, that's wonderful. Thank you so much.", "This is the third time, it is unacceptable.")
    facts = msgspec.structs.replace(
        table(fact("pitch", 30.0, 5.0, 9.0), fact("stress", 0.0, 1.0, -3.0), fact("rate", 0.5, 6.0, -4.0), tone=-0.1),
        posterior=Posterior(angry=0.3, happy=0.05, neutral=0.6, sad=0.05),
        posterior_baseline=CALM,
        quotes=tuple(
            Quote(segment_id=f"c/0/{at}", start_ms=52_000 + at, text=text, confidence=0.9)
            for at, text in enumerate(said)
        ),
        overload_share=0.1,
        repeated="nobody called me back",
    )
    text = sentence(facts, "onset")
    assert len(text.split()) <= MOST_WORDS
    assert "the line overloads and repeats the same words" in text and "voice" not in text


def test_an_onset_says_what_happened_who_does_what_why_it_is_anger_and_what_to_do() -> None:
    facts = heard("No, listen. I just told you that.", talk_over_ms=900, interruptions=1, interruptions_by_caller=1)
    assert sentence(facts, "onset") == (
        "Angrier since 0:50: the caller talks over the agent and says it is not the first time "
        '("I just told you that"), in a much louder, more strained and higher-pitched voice than usual. '
        "What is said gives the reason. Sure enough to listen in."
    )


def test_without_words_it_says_so_and_rests_on_the_voice() -> None:
    assert sentence(heard(), "onset") == (
        "Angrier since 0:50: the voice is much louder, more strained and higher-pitched than usual. Without words that "
        "were understood, only the voice tells; joy would sound as loud, but not as strained. Sure enough to listen in."
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("You gave me the wrong form.", 'The trouble is in the words too ("You gave me the wrong form")'),
        ("Thank you so much.", 'What is said is friendly ("Thank you so much"), how it is said is not'),
        ("Great service, only three weeks late.", "sounds ironic in this voice"),
        ("Could you read me the number?", 'The words do not show it ("Could you read me the number?"), the voice does'),
        ("The light on the box is orange.", "The voice decides here, the words do not"),
    ],
)
def test_words_and_voice_are_one_conclusion(said: str, meant: str) -> None:
    assert meant in sentence(heard(said), "onset")


def test_a_phrase_that_was_cut_off_or_not_surely_heard_is_never_quoted() -> None:
    unsure = (Quote(segment_id="c/0/1", start_ms=51_000, text="I just told you that.", confidence=0.3),)
    for facts in (heard("I just told you that the"), heard(quotes=unsure)):
        assert '"' not in sentence(facts, "onset")


def test_a_later_moment_compares_with_the_moment_before_and_never_mixes_it_with_the_usual() -> None:
    later = heard(since_ms=42_000, tone_since=-0.2, posterior_since=CALM)
    assert sentence(later, "update").startswith("Angrier than at 0:42: the voice is much louder")
    assert sentence(heard(since_ms=42_000, tone_since=-0.6), "update").startswith("Still angry, as at 0:42: ")
    assert sentence(heard(since_ms=42_000, tone_since=-0.9), "update").startswith("Better than at 0:42, but not over: ")


def test_what_is_new_while_it_goes_on_stands_against_the_moment_before() -> None:
    louder = heard(since_ms=42_000, tone_since=-0.65, changed=(fact("level", -14.0, -18.0, 2.0),))
    assert sentence(louder, "update").startswith(
        "Still angry, as at 0:42: the voice is even louder than then. "
        "The voice is still much more strained and higher-pitched than usual; "
    )


def test_a_recovery_says_that_it_recovered() -> None:
    facts = table(fact("level", -20.7, -21.0, 0.2, salient=False), fact("rate", 5.9, 4.6, 2.8), tone=0.05)
    calm = msgspec.structs.replace(facts, posterior=CALM, posterior_since=ANGRY, since_ms=42_000, tone_since=-0.6)
    assert sentence(calm, "recovery") == (
        "Calmed down since 0:42: the anger is gone, and loudness is back at this caller's usual, though the voice is "
        "still much faster than usual. No words were understood, so this rests on the voice alone. "
        "No need to step in."
    )


def test_a_label_that_disagrees_is_said_and_what_it_means() -> None:
    calm = sentence(heard("Could you read me the number?", posterior=CALM), "onset")
    assert calm.startswith("Doubtful since 0:50: ") and "ittle speaks for the alert" in calm
    held_back = sentence(heard("You gave me the wrong form.", posterior=CALM), "onset")
    assert "he caller may be holding back" in held_back and "speaks for" not in held_back


def test_where_nothing_stands_out_nothing_is_said() -> None:
    steady = table(fact("level", -20.7, -21.0, 0.2, salient=False), tone=0.1)
    assert sentence(msgspec.structs.replace(steady, posterior=CALM), "update") == ""
    assert lead(msgspec.structs.replace(steady, posterior=CALM), "update") == ""


def test_what_was_told_already_is_not_told_again() -> None:
    told = Told(at_ms=42_000, kind="onset", verdict="rising", emotion="angry", text="Angrier since 0:30.")
    again = heard(since_ms=42_000, tone_since=-0.6)
    assert sentence(again, "update", [told]) == ""
    over = heard(since_ms=42_000, tone_since=-0.6, talk_over_ms=900, interruptions_by_caller=1)
    assert sentence(over, "update", [told]).startswith("Still angry, as at 0:42: the caller talks over the agent")


def test_what_comes_back_after_it_was_over_is_said_to_be_back() -> None:
    told = [
        Told(at_ms=30_000, kind="onset", verdict="rising", emotion="angry", text="Angrier since 0:20."),
        Told(at_ms=55_000, kind="recovery", verdict="back", text="Calmed down by 0:55."),
    ]
    assert sentence(heard(), "onset", told).startswith("Angry again since 0:55: ")


def test_no_sentence_of_an_earlier_text_is_said_again() -> None:
    first = sentence(heard(), "onset")
    told = Told(at_ms=42_000, kind="onset", verdict="rising", emotion="angry", text=first)
    assert set(sentences(sentence(heard(), "onset", [told]))).isdisjoint(sentences(first))


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_figure_that_is_no_number_is_left_out(broken: float) -> None:
    assert "louder" not in sentence(table(fact("level", broken, -21.0, broken)), "onset")


def test_a_recovery_behind_a_text_that_told_it_already_does_not_tell_it_again() -> None:
    calm = msgspec.structs.replace(
        table(fact("level", -21.0, -21.0, 0.0, salient=False), tone=0.1, before=0.1),
        posterior=CALM,
        posterior_baseline=CALM,
    )
    told = Told(at_ms=58_000, kind="update", verdict="back", since_ms=40_000, text="Calmed down since 0:40.")
    text = sentence(calm, "recovery", (told,))
    assert text.startswith("Still calm, alert over by 1:00. ") and "loudness" not in text
    assert check(text, calm).dropped == ()
    assert sentence(calm, "recovery").startswith("Calmed down by 1:00: loudness is back")


def test_an_emotion_that_only_a_fact_tells_of_holds_against_the_moment_before_too() -> None:
    """A table without a posterior: the share of anger is a fact of its own."""
    angry = fact("angry", 1.0, 0.0, 0.0, salient=False)
    facts = msgspec.structs.replace(table(angry, tone=-1.0, before=0.0), since_ms=20_000, tone_since=0.0)
    text = sentence(facts, "update")
    assert text.startswith("Angry, and worse than at 0:20") and check(text, facts).kept_text == text


SOME_SADNESS = Posterior(angry=0.05, happy=0.05, neutral=0.6, sad=0.3)
SOFT = (fact("effort", -14.0, -6.0, -4.0),)


def doubted(said: str = "", posterior: Posterior = SOME_SADNESS, *facts: Fact) -> FactsTable:
    quotes = (Quote(segment_id="c/0/1", start_ms=51_000, text=said),) if said else ()
    return msgspec.structs.replace(table(*facts), posterior=posterior, posterior_baseline=CALM, quotes=quotes)


@pytest.mark.parametrize("facts", [(), SOFT])
def test_an_emotion_of_a_third_of_the_voice_is_named_beside_a_doubt(facts: tuple[Fact, ...]) -> None:
    text = sentence(doubted("", SOME_SADNESS, *facts), "onset")
    assert "some sadness is heard" in text and "nly the sadness speaks for the alert" in text


def test_what_is_not_half_of_a_voice_is_not_called_most_of_it() -> None:
    plurality = Posterior(angry=0.1, happy=0.1, neutral=0.45, sad=0.35)
    assert "sounds closest to neutral" in sentence(doubted("You gave me the wrong form.", plurality), "onset")
    assert "ost of it sounds neutral" in sentence(doubted("You gave me the wrong form."), "onset")


def test_the_neighbour_that_is_close_goes_before_the_third_cue() -> None:
    close = Posterior(angry=0.56, happy=0.42, neutral=0.01, sad=0.01)
    text = sentence(heard("I want to speak to your manager.", posterior=close), "onset")
    assert "joy is a close second" in text and "in a much louder and more strained voice" in text


def test_praise_that_leads_over_to_a_trouble_is_not_called_friendly() -> None:
    text = sentence(heard("Great, so I just sit here."), "onset")
    assert "friendly " not in text and 'Such praise ("Great, so I just sit here") sounds ironic' in text


def test_an_angry_voice_is_explained_by_what_went_wrong_and_not_by_fear() -> None:
    fear = "I am frightened, please help me."
    both = heard(f"{fear} You gave me the wrong form.")
    assert '("You gave me the wrong form")' in sentence(both, "onset")
    assert "more than of anger" in sentence(heard(fear), "onset") or "more than anger" in sentence(heard(fear), "onset")


def test_friendly_words_in_a_sad_voice_are_no_irony() -> None:
    sad = Posterior(angry=0.02, happy=0.02, neutral=0.06, sad=0.9)
    facts = msgspec.structs.replace(
        table(fact("level", -30.0, -21.0, -4.0), fact("rate", 2.0, 4.6, -4.0)),
        posterior=sad,
        posterior_baseline=CALM,
        quotes=(Quote(segment_id="c/0/1", start_ms=51_000, text="That is very kind."),),
    )
    text = sentence(facts, "onset")
    assert "brave face" in text and "iron" not in text


def test_who_threatens_to_leave_may_be_lost() -> None:
    text = sentence(heard("I will cancel my contract today."), "onset")
    assert "threatens to leave" in text and "his customer may be lost" in text


def test_most_of_a_voice_is_named_where_no_measurement_stands_out() -> None:
    text = sentence(doubted("", ANGRY), "onset")
    assert "most of it sounds angry, though no single measurement stands out" in text
    assert text.count("most of it sounds angry") == 1
