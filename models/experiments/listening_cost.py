"""What a second of a two-channel call costs: each stage on one thread, over the synthetic calls.

    .venv/bin/python models/experiments/listening_cost.py               # every demo call
    .venv/bin/python models/experiments/listening_cost.py call.wav ...  # your own (two channels: customer, agent)

Times are process times, so another program on the machine changes them less; read the shares first.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from tonewatch.stream.doors.replay import plan, replay
from tonewatch.stream.messages import AudioChunk, CallMessage
from tonewatch.workers import prosody
from tonewatch.workers.audio import quality
from tonewatch.workers.audio.codecs import resample
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.encoder import Encoder, default_encoder_path
from tonewatch.workers.listen.call import Call, ClosedSegment
from tonewatch.workers.listen.speech_to_text import Transcriber

spent: defaultdict[str, float] = defaultdict(float)


@contextmanager
def stage(name: str) -> Iterator[None]:
    began = time.process_time()
    try:
        yield
    finally:
        spent[name] += time.process_time() - began


def messages(path: Path) -> list[CallMessage]:
    found: list[CallMessage] = []

    async def keep(message: CallMessage) -> None:
        found.append(message)

    asyncio.run(replay(plan(path, roles=None, about=None, notice_given=True, suffix="b"), keep, speed=0))
    return found


def measure(spoken: ClosedSegment, encoder: Encoder, transcriber: Transcriber | None) -> None:
    """The stages of a caller's segment one after another, as the listener runs them."""
    if spoken.role == "agent":
        return
    heard = spoken.segment
    with stage("prosody"):
        prosody.measure(heard.samples, heard.rate_hz, heard.speech)
    with stage("quality"):
        quality.assess(heard, spoken.other_turns)
    samples = resample(heard.samples, heard.rate_hz)
    if len(samples) >= 0.3 * 16_000:
        with stage("encoder"):
            encoder.posteriors([samples])
    if transcriber is not None:
        with stage("speech-to-text (every segment)"):
            transcriber.transcribe(samples)


def run(paths: list[Path], *, words: bool) -> float:
    """Seconds of call that were measured."""
    encoder = Encoder(default_encoder_path(["CPUExecutionProvider"]))
    encoder.warm_up()
    transcriber = Transcriber() if words else None
    seconds = 0.0
    for path in paths:
        call = Call("b", SegmenterSettings(), 0.0)
        call.notice_given = True
        for offset, message in enumerate(messages(path)):
            if isinstance(message, AudioChunk):
                with stage("intake, voice activity, segments"):
                    found = call.add_chunk(message, offset)
                for spoken in found:
                    measure(spoken, encoder, transcriber)
                seconds = seconds + 0.2 if message.channel == 0 else seconds
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--words", action="store_true", help="speech-to-text on every segment too")
    options = parser.parse_args()
    calls = Path(str(resources.files("tonewatch.stream") / "demo" / "calls"))
    seconds = run(options.files or sorted(calls.glob("*.flac")), words=options.words)
    sys.stdout.write(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    sys.stdout.write(f"{seconds:.0f} s of call, two channels\n\n{'stage':34} ms a second   share\n")
    total = sum(spent.values())
    for name, took in sorted(spent.items(), key=lambda s: -s[1]):
        sys.stdout.write(f"{name:34} {1000 * took / seconds:11.2f}   {100 * took / total:4.0f} %\n")
    sys.stdout.write(f"{'all':34} {1000 * total / seconds:11.2f}\n\ncalls a core: {seconds / total:.0f}\n")


if __name__ == "__main__":
    main()
