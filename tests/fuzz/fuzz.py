"""Coverage-guided fuzzing of one target: `python -P tests/fuzz/fuzz.py rtp build/fuzz -max_total_time=60`.

libFuzzer, by atheris, changes inputs where that reaches new lines of ours. What it found is kept in the folder, and is
where the next run begins. An input on which a parser raises anything that is no error of ours is written beside it as
`crash-...`; its bytes then become a case of a test with a name.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris  # type: ignore[import-untyped, unused-ignore]

sys.path.insert(0, str(Path(__file__).parent))

with atheris.instrument_imports(include=["tonewatch"], enable_loader_override=False):
    from targets import LONGEST, TARGETS  # type: ignore[import-not-found, unused-ignore]


def main(name: str, folder: Path, options: list[str]) -> None:
    target, corpus = TARGETS[name], folder / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed[:LONGEST])
    found = f"-artifact_prefix={corpus.parent}/{name}-"
    atheris.Setup([sys.argv[0], str(corpus), f"-max_len={LONGEST}", found, *options], target.parse)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
