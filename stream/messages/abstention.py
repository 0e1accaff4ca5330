"""Why a segment is not judged: every word that `Segment.abstained` and `Tone.abstained` may hold."""

from __future__ import annotations

from typing import Literal

AbstainedByListener = Literal[
    "too_short",
    "missing_audio",
    "clipped",
    "talk_over",
    "echo",
    "noisy",
    "no_voice",
    "tonal",
    "unsure",
    "mixed_channel",
    "analysis_failed",
    "music",
    "not_speech",
    "laughter",
]

AbstainedByMonitor = Literal["learning_baseline", "too_quiet", "no_model", "unknown_voice"]

Abstention = AbstainedByListener | AbstainedByMonitor

ABSTENTIONS: dict[Abstention, str] = {
    "too_short": "less speech than anything can be measured on",
    "missing_audio": "too much of the segment's audio never came",
    "clipped": "nearly all of its samples are at the rails: a defect of the line",
    "talk_over": "both parties speak at once in too much of it (written by releases up to 0.1)",
    "echo": "it is mostly the sound of the other party, heard in this channel",
    "noisy": "the voice does not stand out from the noise of the line",
    "no_voice": "too little of it is voiced",
    "tonal": "a signal tone, not a voice",
    "unsure": "the encoder's answer is too uncertain",
    "mixed_channel": "both parties are in one channel, and nobody gave a written reason to analyse it",
    "analysis_failed": "a measurement or the encoder failed on it",
    "music": "music, not a voice",
    "not_speech": "a noise or a signal, not words",
    "laughter": "laughter, not words",
    "learning_baseline": "not enough of this caller has been heard to speak of a change",
    "too_quiet": "far under the caller's level: an echo or the room",
    "unknown_voice": "not in the voice that was learned: an error of measurement, or another person",
    "no_model": "it carries no posterior, and no reason why",
}
"""Every word with its meaning. A reader must bear with a word that it does not know."""
