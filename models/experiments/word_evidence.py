"""What words are worth as evidence: calls judged by the voice alone, and by the voice and the words.

    .venv/bin/python models/experiments/word_evidence.py [CALLS ...] [--cache FOLDER] [--mixed-reason WHY]

CALLS are folders as for `tonewatch evaluate degradation`; without any, the demo's calls. Words are chosen and heard as
the listener does, tiny.en on the segments around a change, and reach the monitor right behind their segment. First it
says what the lexicon finds in the sentences that were written for the explainer, by their stance: those of the
situations that the lexicon was mended by, and of those that nobody read meanwhile.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tonewatch.models.degradation.alert_transcripts import CHANNEL, caller_audio, cut
from tonewatch.models.degradation.folder import CallFile, find_calls
from tonewatch.models.degradation.listened_calls import ListenedCall, OfflineListening, listen_all
from tonewatch.models.degradation.outcome import Outcome, run
from tonewatch.models.reasons.utterances import Stance, situations, utterances
from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.messages import Segment, SegmentMessage, Words
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.word_evidence import spoken_of
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.encoder import default_encoder_path
from tonewatch.workers.listen.speech_to_text import ChangeGate, Transcriber
from tonewatch.workers.listen.transcripts import words_of


def with_words(call: ListenedCall, file: CallFile, transcriber: Transcriber) -> ListenedCall:
    """The same call, its words among its messages."""
    audio, gate = caller_audio(file), ChangeGate[Segment]()
    messages: list[SegmentMessage] = []
    for message in call.messages:
        messages.append(message)
        if isinstance(message, Segment) and message.channel == CHANNEL:
            chosen = gate.offer(message, message.end_ms, message.prosody, message.posterior)
            messages += [said for one in chosen if (said := heard(one, audio, transcriber)) is not None]
    return replace(call, messages=tuple(messages))


def heard(segment: Segment, audio: Samples, transcriber: Transcriber) -> Words | None:
    samples = cut(audio, segment.start_ms / 1000, segment.end_ms / 1000)
    found = transcriber.understand(samples)
    return words_of(segment, found, transcriber.ref) if found.text else None


def told(outcome: Outcome) -> str:
    """The alerts of a call: when each fired, what it is where the truth is known."""
    alerts = [f"{one.fired_s:.1f} s {one.verdict}".strip() for one in outcome.alerts]
    return ", ".join(alerts) or "none"


def show(name: str, call: ListenedCall, voice: Outcome, both: Outcome) -> None:
    said = [one for one in call.messages if isinstance(one, Words)]
    topics = sorted({topic for one in said for topic in spoken_of(one.text, "en")})
    changed = "" if told(voice) == told(both) else "  CHANGED"
    sys.stdout.write(
        f"{name}: {len(said)} segments with words, of {', '.join(topics) or 'nothing that counts'}; "
        f"alerts by the voice: {told(voice)}; with words: {told(both)}{changed}\n"
    )


def lexicon() -> None:
    for held_out in (False, True):
        sys.stdout.write(f"sentences of situations {'not read' if held_out else 'read'}:")
        for stance in Stance:
            lines = [line for name in situations(held_out=held_out) for line in utterances()[name][stance]]
            spoken = [spoken_of(line, "en") for line in lines]
            worse = sum(any(topic != "relief" for topic in topics) for topics in spoken)
            better = sum("relief" in topics for topics in spoken)
            sys.stdout.write(f" {stance} {len(lines)} ({worse} against, {better} relief);")
        sys.stdout.write("\n")


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", type=Path, nargs="*", default=[default_folder()])
    parser.add_argument("--cache", type=Path, default=Path("build/heard"))
    parser.add_argument("--mixed-reason", default="")
    options = parser.parse_args(words)
    hearing = OfflineListening(default_encoder_path(), {}, options.cache, analyse_mixed=bool(options.mixed_reason))
    configs = hearing.configs(ToneConfig())
    transcriber = Transcriber()
    sys.stdout.write(f"{platform.machine()}, Python {platform.python_version()}, {transcriber.ref.name}\n")
    lexicon()
    for folder in options.calls:
        files = find_calls(folder)
        calls = listen_all(files, hearing)
        spoken = [with_words(call, file, transcriber) for call, file in zip(calls, files, strict=True)]
        voice, both = run(calls, configs), run(spoken, configs)
        for call, one, other in zip(spoken, voice.outcomes, both.outcomes, strict=True):
            show(call.name, call, one, other)


if __name__ == "__main__":
    main()
