"""`tonewatch bench sealing`: what a key for each call costs, a record and a second of call.

Audio as a door writes it, 200 ms a channel, and the JSON messages of a folder. Times are process times of one thread,
in rounds; the best of them, since a shared machine only ever adds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tonewatch.stream.bench.load import record
from tonewatch.stream.call_keys.envelope import KEY_BYTES, KEY_ID_BYTES, open_value, seal
from tonewatch.stream.call_keys.sealed_topics import deflates
from tonewatch.stream.codec import decode_call, encode_call
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.messages import AudioChunk
from tonewatch.stream.topics import CALLS, SEGMENTS

MOST_CHUNKS = 2_000
CHUNKS_PER_S = 10
"""Of a call of two channels."""

CIPHER, KEY_ID, CALL = AESGCM(b"k" * KEY_BYTES), b"i" * KEY_ID_BYTES, b"call"


def sealing(
    messages: Annotated[
        Path | None, typer.Option(help="Folder of JSON messages to seal too; a checkout's: tests/stream/golden.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Of which the best counts.")] = 7,
) -> None:
    """Measure sealing and opening, and decoding beside it."""
    recordings = asyncio.run(record(find_calls(default_folder())))
    chunks = [encode_call(m) for r in recordings for m in r.messages if isinstance(m, AudioChunk)][:MOST_CHUNKS]
    seal_us, open_us = told("audio", CALLS.name, chunks, rounds)
    decode_us = best_us(decode_call, chunks, rounds)
    both_ms = CHUNKS_PER_S * (seal_us + open_us) / 1000
    typer.echo(
        f"a second of two-channel call: {both_ms:.2f} ms of a core, of which {CHUNKS_PER_S * open_us / 1000:.2f}"
    )
    typer.echo(f"in the listener; decoding alone is {decode_us:.1f} us a record")
    if messages is not None:
        compact = [
            msgspec.json.encode(msgspec.json.decode(one.read_bytes())) for one in sorted(messages.glob("*.json"))
        ]
        told("JSON", SEGMENTS.name, compact * 20, rounds)


def told(kind: str, topic: str, values: Sequence[bytes], rounds: int) -> tuple[float, float]:
    """Microseconds of sealing and of opening a record."""
    deflate = deflates(topic)
    seal_us = best_us(lambda value: seal(CIPHER, KEY_ID, topic, CALL, value, deflate=deflate), values, rounds)
    sealed = [seal(CIPHER, KEY_ID, topic, CALL, value, deflate=deflate) for value in values]
    open_us = best_us(lambda value: open_value(CIPHER, topic, CALL, value), sealed, rounds)
    share = sum(map(len, sealed)) / sum(map(len, values))
    typer.echo(
        f"{kind:6} {sum(map(len, values)) / len(values):7.0f} bytes a record, {100 * share:5.1f} % left; "
        f"sealed in {seal_us:5.1f} us, opened in {open_us:5.1f} us"
    )
    return seal_us, open_us


def best_us(work: Callable[[bytes], object], values: Sequence[bytes], rounds: int) -> float:
    """Of a value, in the round that was least disturbed."""
    took_s = []
    for _ in range(rounds):
        began_s = time.process_time()
        for value in values:
            work(value)
        took_s.append(time.process_time() - began_s)
    return 1e6 * min(took_s) / len(values)
