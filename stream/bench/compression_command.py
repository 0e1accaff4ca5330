"""`tonewatch bench compression`: what compressing costs and saves on records as a producer batches them.

Audio in batches of 1 (a listener must not wait) and of 50 (a replay at full speed), and the JSON of small topics.
Times are process times of one thread.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import cramjam
import msgspec
import typer

from tonewatch.stream.bench.load import record
from tonewatch.stream.codec import encode_call
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.messages import AudioChunk

MOST_CHUNKS = 2_000
CODECS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "lz4": lambda data: bytes(cramjam.lz4.compress(data)),
    "snappy": lambda data: bytes(cramjam.snappy.compress(data)),
    "zstd": lambda data: bytes(cramjam.zstd.compress(data)),
}


def compression(
    messages: Annotated[
        Path | None, typer.Option(help="Folder of JSON messages to compress too; a checkout's: tests/stream/golden.")
    ] = None,
) -> None:
    """Measure each codec that Kafka knows on the audio of the demo calls, and on JSON messages."""
    recordings = asyncio.run(record(find_calls(default_folder())))
    chunks = [encode_call(m) for r in recordings for m in r.messages if isinstance(m, AudioChunk)][:MOST_CHUNKS]
    small = [] if messages is None else [_compact(path) for path in sorted(messages.glob("*.json"))]
    for kind, batches in _batches(chunks, small).items():
        for name, compress in CODECS.items():
            share, ms_per_mb = measure(compress, batches)
            typer.echo(f"{kind:18} {name:7} {100 * share:5.1f} % left, {ms_per_mb:7.1f} ms a megabyte")


def measure(compress: Callable[[bytes], bytes], batches: list[bytes]) -> tuple[float, float]:
    """Share of the bytes that is left, and milliseconds of one core per megabyte."""
    began_s = time.process_time()
    left = sum(len(compress(batch)) for batch in batches)
    whole = sum(map(len, batches))
    return left / whole, 1e9 * (time.process_time() - began_s) / whole


def _batches(chunks: list[bytes], small: list[bytes]) -> dict[str, list[bytes]]:
    kinds = {
        "audio, 1 a batch": chunks,
        "audio, 50 a batch": [b"".join(chunks[i : i + 50]) for i in range(0, len(chunks), 50)],
    }
    if small:
        # Repeated, so that the clock has something to measure.
        kinds |= {"JSON, 1 a batch": small * 20, "JSON, 20 a batch": [b"".join(small * 2)] * 20}
    return kinds


def _compact(path: Path) -> bytes:
    """As it stands on a topic: the files are indented for readers."""
    return msgspec.json.encode(msgspec.json.decode(path.read_bytes()))
