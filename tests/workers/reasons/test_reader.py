from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import Fact, FactsTable, Posterior, Quote
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.checker.reader import reader_of
from tonewatch.workers.reasons.examples import EXAMPLES

TABLE = EXAMPLES[0][0]


def said(*texts: str, language: str = "") -> FactsTable:
    quotes = tuple(Quote(segment_id=f"s{n}", start_ms=52_000, text=text) for n, text in enumerate(texts))
    return msgspec.structs.replace(TABLE, quotes=quotes, language=language)


def kept(text: str, facts: FactsTable) -> bool:
    return not check(text, facts, reader_of(facts)).dropped


def test_a_reading_of_the_words_stands_unsupported_where_the_lexicon_knows_no_such_words() -> None:
    facts = said("ya no aguanto esta espera", language="es")
    checked = check("Louder, and the words explain it.", facts, reader_of(facts))
    assert not checked.dropped
    assert {claim.verdict for claim in checked.claims} == {"true", "unsupported"}


def test_no_reading_of_words_stands_where_none_were_understood() -> None:
    assert not kept("Louder, and the words explain it.", msgspec.structs.replace(TABLE, quotes=()))


def test_what_happened_is_told_in_the_callers_own_words_only() -> None:
    assert kept("Louder, because the parcel is lost again.", said("you lost my parcel"))
    assert not kept("Louder, because the dog died.", said("you lost my parcel"))


@pytest.mark.parametrize("text", ["Quieter than usual.", "Louder by 12 dB.", 'Louder: "give me my money".'])
def test_measurements_and_quotations_are_held_to_the_facts_as_ever(text: str) -> None:
    assert not kept(text, said("you lost my parcel"))


def test_a_neighbour_may_be_set_aside_unless_it_is_what_is_heard_most() -> None:
    facts = said("you lost my parcel")
    assert kept("Louder: anger rather than joy.", facts)
    assert not kept("Louder: joy rather than anger.", facts)


def test_sarcasm_that_is_read_in_the_words_lets_a_text_be_surer_but_not_without_an_alarm() -> None:
    facts = said("thank you so much for the lesson in patience")
    assert kept("Louder than usual. Fairly sure; listen in.", facts)
    calm = msgspec.structs.replace(EXAMPLES[1][0], quotes=facts.quotes)
    assert not kept("Pitch as usual. Sure; listen in.", calm)


def measured(*facts: tuple[str, float, float, str, float], **table: object) -> FactsTable:
    """Facts by name, value, usual, unit and z; salient from 1.5."""
    found = tuple(
        Fact(name=n, value=v, baseline=b, unit=u, delta=v - b, z=z, salient=abs(z) >= 1.5, confidence=1.0)
        for n, v, b, u, z in facts
    )
    return msgspec.structs.replace(said("you lost my parcel"), facts=found, **table)


def share(name: str, now: float, usual: float) -> tuple[str, float, float, str, float]:
    return (name, now, usual, "share", 10 * (now - usual))


ANGRY = measured(
    ("level", -15.0, -21.0, "dB", 3.0),
    ("pitch_range", 3.0, 3.1, "st", -0.1),
    ("effort", -6.0, -12.0, "dB", 2.5),
    ("rate", 4.5, 4.4, "syl/s", 0.1),
    share("angry", 0.66, 0.15),
    share("happy", 0.05, 0.05),
    share("sad", 0.08, 0.1),
)
"""Louder and more strained, with the usual melody and pace; the pitch was not measured."""


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("joy would be livelier", "joy would be flatter"),
        ("joy would be less strained", "joy would be more strained"),
        ("a happy voice would sound livelier", "a happy voice would sound louder"),
        ("sadness would be slower", "sadness would be faster"),
        ("sadness would be slower and quieter", "sadness would be slower and louder"),
        ("sadness would not be so loud", "joy would not be so loud"),
        ("joy would not sound as strained", "joy would not sound as slow"),
        ("joy would be livelier", "joy would be higher"),
        ("joy would be livelier", "anger would be livelier"),
    ],
)
def test_a_neighbour_is_set_aside_by_a_cue_that_it_would_bring_and_the_voice_lacks(true: str, false: str) -> None:
    assert kept(f"Louder than usual; {true}.", ANGRY)
    assert not kept(f"Louder than usual; {false}.", ANGRY)


def test_anger_would_be_more_strained_where_the_strain_is_usual_and_not_where_it_is_more() -> None:
    joyful = measured(("level", -15.0, -21.0, "dB", 3.0), ("effort", -12.0, -12.1, "dB", 0.1), share("happy", 0.7, 0.2))
    assert kept("Louder than usual, and anger would be more strained.", joyful)
    assert not kept("Louder than usual, and anger would be more strained.", ANGRY)


def test_the_likeliest_emotion_is_set_aside_where_it_is_how_this_caller_always_sounds() -> None:
    low = Posterior(angry=0.1, happy=0.1, neutral=0.35, sad=0.45)
    voice = (("level", -21.0, -21.1, "dB", 0.1), ("rate", 4.5, 4.4, "syl/s", 0.1))
    usual = measured(*voice, share("sad", 0.45, 0.42), posterior=low)
    more = measured(*voice, share("sad", 0.45, 0.1), posterior=low)
    for text in ("The loudness is as usual, rather than sadness.", "As loud as usual; sadness would be slower."):
        assert kept(text, usual)
        assert not kept(text, more)


SINCE = Posterior(angry=0.5, happy=0.1, neutral=0.3, sad=0.1)


@pytest.mark.parametrize(
    ("then", "now", "usual", "stands"),
    [
        (0.3, 0.1, 0.1, True),
        (0.9, 0.6, 0.1, True),
        (0.2, 0.2, 0.5, True),
        (0.2, 0.4, 0.6, False),
        (0.3, 0.28, 0.1, False),
        (0.1, 0.3, 0.1, False),
    ],
)
def test_less_anger_is_heard_than_at_the_moment_before_or_than_usual(
    then: float, now: float, usual: float, stands: bool
) -> None:
    table = measured(
        ("level", -15.0, -21.0, "dB", 3.0),
        share("angry", now, usual),
        since_ms=40_000,
        posterior_since=msgspec.structs.replace(SINCE, angry=then),
    )
    assert kept("Louder than usual, and less anger is heard.", table) == stands
    assert kept("Louder, and less anger is heard than usual.", table) == (usual - now >= 0.1)


def test_what_is_gone_is_hardly_heard() -> None:
    def told(then: float, now: float) -> bool:
        table = measured(
            ("level", -15.0, -21.0, "dB", 3.0),
            share("angry", now, 0.1),
            since_ms=40_000,
            posterior_since=msgspec.structs.replace(SINCE, angry=then),
        )
        return kept("Louder, and the anger is gone.", table)

    assert told(0.9, 0.06)
    assert not told(0.9, 0.6)
    assert not told(0.2, 0.05)


@pytest.mark.parametrize(
    "text",
    [
        "As loud as usual, and the voice sounds plain.",
        "As loud as usual: an ordinary voice.",
        "As loud as usual; the voice is as usual.",
        "As loud as usual: the caller's usual voice.",
        "The loudness is usual, and it sounds usual.",
    ],
)
def test_plain_ordinary_and_usual_say_of_a_voice_that_nothing_is_heard_in_it(text: str) -> None:
    calm = measured(("level", -21.0, -21.1, "dB", 0.1), share("angry", 0.1, 0.1), share("sad", 0.1, 0.1))
    calm = msgspec.structs.replace(calm, posterior=Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1))
    assert kept(text, calm)
    raised = measured(
        ("level", -21.0, -21.1, "dB", 0.1), ("pitch", 20.0, 15.0, "st", 4.0), share("angry", 0.66, 0.1),
        posterior=Posterior(angry=0.66, happy=0.1, neutral=0.14, sad=0.1),
    )  # fmt: skip
    assert not kept(text, raised)


def test_plain_and_ordinary_are_said_of_words_too() -> None:
    assert kept("Louder, though the words are an ordinary, plain request.", said("please send me the form"))


AGAINST = measured(
    ("level", -15.0, -21.0, "dB", 3.0),
    ("pitch", 16.0, 16.1, "st", 0.1),
    ("rate", 4.5, 4.4, "syl/s", 0.1),
    since_ms=58_000,
    tone_since=-0.2,
    posterior_since=SINCE,
    changed=(
        Fact(name="pitch", value=16.0, baseline=12.0, unit="st", delta=4.0, z=4.0, salient=True, confidence=1.0),
        Fact(name="level", value=-15.0, baseline=-15.1, unit="dB", delta=0.1, z=0.1, salient=False, confidence=1.0),
    ),
)
"""Louder than usual, and higher than at 0:58; neither the other way."""


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("Higher than at 0:58.", "Louder than at 0:58."),
        ("Louder than usual, and higher than at 0:58.", "Higher than usual, and louder than at 0:58."),
        ("Higher than at 0:58, and louder than usual.", "Louder than at 0:58, and higher than usual."),
        (
            "Angry since 0:50: much louder than usual, and higher than at 0:58.",
            "Angry since 0:50: louder than at 0:58.",
        ),
        ("Angry since 0:50: higher than at 0:58.", "Angry since 0:50: higher than usual."),
        ("Higher than at 0:58.", "Higher than at 0:52."),
    ],
)
def test_a_comparison_is_held_against_the_baseline_that_its_clause_names(true: str, false: str) -> None:
    assert kept(true, AGAINST)
    assert not kept(false, AGAINST)


def test_nothing_is_compared_with_a_moment_where_there_is_none_before() -> None:
    assert not kept("Louder than at 0:52.", msgspec.structs.replace(AGAINST, since_ms=None, tone_since=None))


def early(text: str = "you lost my parcel") -> FactsTable:
    return msgspec.structs.replace(
        said(text), facts=(), posterior_baseline=None, posterior=Posterior(angry=0.79, happy=0.1, neutral=0.1, sad=0.01)
    )


@pytest.mark.parametrize(
    "text",
    [
        "It sounds angry, but the caller's usual is not known yet.",
        "It sounds angry, and the usual is not yet known.",
        "It sounds angry, with no usual to compare it with.",
        "It sounds angry, though no usual is known yet.",
        "It sounds angry; this caller's usual voice is still unknown.",
    ],
)
def test_that_the_usual_is_not_known_may_be_said_where_it_is_so(text: str) -> None:
    assert kept(text, early())
    assert not kept(text.replace("It sounds angry", "Louder than usual"), ANGRY)


def unclear(facts: FactsTable) -> FactsTable:
    """No measurement of the voice can be relied on; the sounds can."""
    found = tuple(
        f if f.unit == "share" else msgspec.structs.replace(f, confidence=0.1, salient=False) for f in facts.facts
    )
    return msgspec.structs.replace(facts, facts=found, falls_silent_ms=4_000)


@pytest.mark.parametrize("text", ["The voice sounds angry, at 66%.", "The caller falls silent.", "Angrier than usual."])
def test_sounds_and_behaviour_stand_for_a_voice_that_could_not_be_measured(text: str) -> None:
    def accepted(facts: FactsTable, text: str) -> bool:
        return check(text, facts, reader_of(facts)).accepted

    assert accepted(unclear(ANGRY), text)
    assert not accepted(msgspec.structs.replace(ANGRY, falls_silent_ms=4_000), text)
    assert not accepted(unclear(ANGRY), "The words explain it.")
    assert not accepted(unclear(ANGRY), "The caller laughs.")
    assert not accepted(unclear(ANGRY), "The voice sounds happy, at 66%.")


def test_a_voice_is_not_as_usual_where_it_could_not_be_measured() -> None:
    calm = measured(("level", -21.0, -21.1, "dB", 0.1), share("angry", 0.1, 0.1))
    text = "The voice is as usual."
    assert kept(text, calm)
    assert not kept(text, unclear(calm))


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("joy would be as loud, but less strained", "joy would be as loud, but more strained"),
        ("joy would be as loud, but livelier", "joy would be as slow, but livelier"),
        ("joy would be as loud, yet would be less strained", "joy would be as lively, yet would be less strained"),
        ("joy would sound as loud but less strained", "joy would sound as loud but louder"),
        ("joy would be as loud, but livelier", "joy would be as high, but livelier"),
        ("rather than joy, which would be less strained", "rather than joy, which would be more strained"),
        ("rather than sadness, which would be slower", "rather than sadness, which would be louder"),
        ("not sadness, which would not be so loud", "not joy, which would not be so loud"),
        ("not joy, which would be as loud, but less strained", "not anger, which would be as loud, but livelier"),
    ],
)
def test_a_neighbour_shares_a_cue_and_lacks_another(true: str, false: str) -> None:
    assert kept(f"Louder than usual; {true}.", ANGRY)
    assert not kept(f"Louder than usual; {false}.", ANGRY)


def test_the_anger_of_a_time_is_gone_where_that_is_the_moment_compared_with() -> None:
    def table(then: float) -> FactsTable:
        return measured(
            ("level", -15.0, -21.0, "dB", 3.0),
            share("angry", 0.06, 0.1),
            since_ms=49_000,
            posterior_since=msgspec.structs.replace(SINCE, angry=then),
        )

    for text in ("Louder, and the anger of 0:49 is gone.", "Louder, and the anger heard at 0:49 is gone."):
        assert kept(text, table(0.9))
        assert not kept(text, table(0.3))
        assert not kept(text.replace("0:49", "0:57"), table(0.9))
        assert not kept(text.replace("anger", "sadness"), table(0.9))


def test_a_wish_for_the_supervisor_beside_sarcastic_praise_is_told_where_it_was_said() -> None:
    text = "Louder; the praise is sarcasm, and the caller asks for the supervisor."
    assert kept(text, said("great, another bill", "I want to speak to your manager"))
    assert not kept(text, said())


def test_a_voice_that_is_slightly_strained_would_be_more_so_in_anger_and_one_that_is_strained_would_not() -> None:
    def table(z: float) -> FactsTable:
        voice = (("level", -15.0, -21.0, "dB", 3.0), ("effort", -8.0, -10.8, "dB", z))
        return measured(*voice, share("happy", 0.7, 0.2))

    text = "Louder than usual, rather than anger, which would be more strained."
    assert kept(text, table(1.4))
    assert not kept(text, table(1.6))
    assert not kept("Louder than usual, rather than anger, which would be strained.", table(1.4))
