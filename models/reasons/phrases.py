"""Phrases for each measurement that went up, went down or stayed; numbers are pointers into the facts table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrase:
    """`is_`: what may follow "the caller is"; `does`: a clause of its own."""

    is_: tuple[str, ...]
    does: tuple[str, ...]


PHRASES: dict[str, tuple[Phrase, Phrase]] = {
    "level": (
        Phrase(
            ("louder by {level.by} dB", "{level.by} dB louder", "louder"),
            (
                "the loudness rose by {level.by} dB",
                "the volume is up {level.by} dB",
                "the level is {level.by} dB above the usual",
                "the caller speaks {level.by} dB louder",
                "the voice is raised by {level.by} dB",
                "the loudness increased by {level.by} dB",
            ),
        ),
        Phrase(
            ("quieter by {level.by} dB", "{level.by} dB quieter", "softer by {level.by} dB", "quieter"),
            (
                "the loudness fell by {level.by} dB",
                "the volume is down {level.by} dB",
                "the level is {level.by} dB below the usual",
                "the caller speaks {level.by} dB softer",
                "the voice dropped in level by {level.by} dB",
                "the loudness decreased by {level.by} dB",
            ),
        ),
    ),
    "pitch": (
        Phrase(
            ("{pitch.by} semitones higher in pitch", "higher in pitch by {pitch.by} semitones", "higher in pitch"),
            (
                "the pitch rose by {pitch.by} semitones",
                "the pitch climbed {pitch.by} semitones",
                "the pitch is {pitch.by} semitones above the usual",
                "the pitch is up by {pitch.by} semitones",
                "the caller speaks {pitch.by} semitones higher",
            ),
        ),
        Phrase(
            ("{pitch.by} semitones lower in pitch", "lower in pitch by {pitch.by} semitones", "lower in pitch"),
            (
                "the pitch fell by {pitch.by} semitones",
                "the pitch dropped {pitch.by} semitones",
                "the pitch is {pitch.by} semitones below the usual",
                "the pitch is down by {pitch.by} semitones",
                "the caller speaks {pitch.by} semitones lower",
            ),
        ),
    ),
    "pitch_range": (
        Phrase(
            ("livelier by {pitch_range.by} semitones", "livelier"),
            (
                "the melody is wider by {pitch_range.by} semitones",
                "the melody widened by {pitch_range.by} semitones",
                "the intonation is livelier by {pitch_range.by} semitones",
                "the pitch range grew by {pitch_range.by} semitones",
            ),
        ),
        Phrase(
            ("flatter by {pitch_range.by} semitones", "flatter"),
            (
                "the melody is flatter by {pitch_range.by} semitones",
                "the melody is narrower by {pitch_range.by} semitones",
                "the intonation is flatter by {pitch_range.by} semitones",
                "the pitch range shrank by {pitch_range.by} semitones",
            ),
        ),
    ),
    "effort": (
        Phrase(
            ("tenser by {effort.by} dB", "tenser", "more strained"),
            (
                "there is more vocal effort by {effort.by} dB",
                "the vocal effort rose by {effort.by} dB",
                "the vocal effort is up {effort.by} dB",
                "the voice is tenser by {effort.by} dB",
            ),
        ),
        Phrase(
            ("less tense by {effort.by} dB", "less tense", "less strained"),
            (
                "there is less vocal effort by {effort.by} dB",
                "the vocal effort fell by {effort.by} dB",
                "the vocal effort is down {effort.by} dB",
                "the voice is less tense by {effort.by} dB",
            ),
        ),
    ),
    "rate": (
        Phrase(
            ("faster at {rate.now} against {rate.usual} syllables a second", "faster", "quicker"),
            (
                "the speaking rate went up from {rate.usual} to {rate.now} syllables a second",
                "the pace is up by {rate.by} syllables a second",
                "the caller speaks faster, {rate.now} against {rate.usual} syllables a second",
                "the tempo rose to {rate.now} syllables a second",
            ),
        ),
        Phrase(
            ("slower at {rate.now} against {rate.usual} syllables a second", "slower"),
            (
                "the speaking rate went down from {rate.usual} to {rate.now} syllables a second",
                "the pace is down by {rate.by} syllables a second",
                "the caller speaks slower, {rate.now} against {rate.usual} syllables a second",
                "the tempo fell to {rate.now} syllables a second",
            ),
        ),
    ),
    "pauses": (
        Phrase(
            ("pausing more", "more hesitant"),
            (
                "there are more pauses, {pauses.now} % against {pauses.usual} %",
                "the caller pauses more, {pauses.now} % of the time against {pauses.usual} %",
                "the pauses grew from {pauses.usual} % to {pauses.now} % of the time",
            ),
        ),
        Phrase(
            ("pausing less",),
            (
                "there are fewer pauses, {pauses.now} % against {pauses.usual} %",
                "the caller pauses less, {pauses.now} % of the time against {pauses.usual} %",
                "the pauses shrank from {pauses.usual} % to {pauses.now} % of the time",
            ),
        ),
    ),
    "stress": (
        Phrase(
            ("stressing more syllables", "more emphatic"),
            (
                "more syllables are stressed, {stress.now} a second against {stress.usual}",
                "the caller stresses more syllables, {stress.now} a second against {stress.usual}",
                "the stress rose to {stress.now} a second",
            ),
        ),
        Phrase(
            ("stressing fewer syllables", "less emphatic"),
            (
                "fewer syllables are stressed, {stress.now} a second against {stress.usual}",
                "the caller stresses fewer syllables, {stress.now} a second against {stress.usual}",
                "the stress fell to {stress.now} a second",
            ),
        ),
    ),
}
"""By fact: up, down."""

STEADY = {
    "level": "loudness",
    "pitch": "pitch",
    "pitch_range": "melody",
    "effort": "vocal effort",
    "rate": "speaking rate",
    "pauses": "pauses",
    "stress": "stress",
}

BACK = (
    "the {name} stayed the same",
    "the {name} did not change",
    "no change in the {name}",
    "{name} unchanged",
)

EMOTION_CHANGED = {
    "+": (
        "The model hears {noun} at {now} %, usually {usual} %.",
        "The caller sounds {more} to the model ({now} %, usually {usual} %).",
        "To the model {noun} rose from {usual} % to {now} %.",
        "The caller sounds {more} than usual.",
        "The model puts {noun} at {now} % against {usual} %.",
    ),
    "-": (
        "To the model {noun} fell from {usual} % to {now} %.",
        "The caller sounds less {adjective} to the model ({now} %, usually {usual} %).",
        "The caller sounds less {adjective} than usual.",
    ),
}
"""An emotion that moved. "sounds" speaks of the encoder's posterior, never of the caller's feelings."""

EMOTION_NOW = (
    "The caller sounds {adjective} to the model, {now} %.",
    "The model puts {noun} at {now} %.",
    "The caller sounds {adjective}.",
)

EMOTION_WITHOUT_BASELINE = (
    "The caller sounds {adjective} to the model.",
    "To the model the caller sounds {adjective}.",
    "The caller sounds {adjective}.",
    "The model hears {noun}.",
)
"""Before the baseline is known: there is nothing to compare with, and a share alone tells little."""
