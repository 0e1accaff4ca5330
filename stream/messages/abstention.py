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
]

AbstainedByMonitor = Literal["learning_baseline", "too_quiet", "no_model"]

Abstention = AbstainedByListener | AbstainedByMonitor

ABSTENTIONS: dict[Abstention, str] = {
    "too_short": "less speech than anything can be measured on",
    "missing_audio": "too much of the segment's audio never came",
    "clipped": "the line overloads in too much of it",
    "talk_over": "both parties speak at once in too much of it",
    "echo": "it is mostly the sound of the other party, heard in this channel",
    "noisy": "the voice does not stand out from the noise of the line",
    "no_voice": "too little of it is voiced",
    "tonal": "a signal tone, not a voice",
    "unsure": "the encoder's answer is too uncertain",
    "mixed_channel": "both parties are in one channel, and nobody gave a written reason to analyse it",
    "analysis_failed": "a measurement or the encoder failed on it",
    "learning_baseline": "not enough of this caller has been heard to speak of a change",
    "too_quiet": "far under the caller's level: an echo or the room",
    "no_model": "it carries no posterior, and no reason why",
}
"""Every word with its meaning. A reader must bear with a word that it does not know."""
