"""What compressing costs and saves on this project's own records, in batches as a producer makes them.

    .venv/bin/python tests/bench/compression.py

Audio in batches of 1 (a listener must not wait) and of 50 (a replay at full speed), and the JSON of the small topics.
Times are process times of one thread. lz4, snappy and zstd need the package cramjam.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cramjam
import msgspec

from tonewatch.stream.bench.load import record
from tonewatch.stream.codec import encode_call
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.messages import AudioChunk

GOLDEN = Path(__file__).resolve().parents[1] / "stream" / "golden"
CODECS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "lz4": lambda data: bytes(cramjam.lz4.compress(data)),
    "snappy": lambda data: bytes(cramjam.snappy.compress(data)),
    "zstd": lambda data: bytes(cramjam.zstd.compress(data)),
}


def measured(compress: Callable[[bytes], bytes], batches: list[bytes]) -> tuple[float, float]:
    """Share of the bytes that is left, and milliseconds per megabyte."""
    began = time.process_time()
    left = sum(len(compress(batch)) for batch in batches)
    whole = sum(map(len, batches))
    return left / whole, 1e9 * (time.process_time() - began) / whole


def main() -> None:
    recordings = asyncio.run(record(find_calls(default_folder())))
    chunks = [encode_call(m) for r in recordings for m in r.messages if isinstance(m, AudioChunk)][:2_000]
    small = [msgspec.json.encode(msgspec.json.decode(p.read_bytes())) for p in sorted(GOLDEN.glob("*.json"))]
    kinds = {
        "audio, 1 a batch": chunks,
        "audio, 50 a batch": [b"".join(chunks[i : i + 50]) for i in range(0, len(chunks), 50)],
        "JSON, 1 a batch": small * 20,
        "JSON, 20 a batch": [b"".join(small * 2)] * 20,
    }
    for kind, batches in kinds.items():
        for name, compress in CODECS.items():
            share, ms = measured(compress, batches)
            sys.stdout.write(f"{kind:18} {name:7} {100 * share:5.1f} % left, {ms:7.1f} ms a megabyte\n")


if __name__ == "__main__":
    main()
