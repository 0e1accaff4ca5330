"""A call as written: who says what, in which tone, after which silence. One TOML file in `calls/` each."""

from __future__ import annotations

import re
from importlib.resources import files

import msgspec

from tonewatch.models.synthesis.styles import STYLES
from tonewatch.models.synthesis.voices import VOICES

CUSTOMER, AGENT = 0, 1
_MERGE_BELOW = 14


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One turn. `gap_s` is the silence since the end of the turn before it; negative: it cuts in."""

    channel: int
    style: str
    text: str
    gap_s: float = 0.5

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise ValueError(f"unknown style {self.style!r}, known are {', '.join(STYLES)}")
        if self.channel not in (CUSTOMER, AGENT):
            raise ValueError(f"channel {self.channel} is neither customer (0) nor agent (1)")


class Dialogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One call. `noise_snr_db`: a street around the customer, this far below neutral speech."""

    kind: str
    title: str
    queue: str
    language: str
    notice_given: bool
    expected_alert: bool
    customer: str
    agent: str
    seed: int
    turns: tuple[Line, ...]
    noise_snr_db: float | None = None

    def __post_init__(self) -> None:
        for voice in (self.customer, self.agent):
            if voice not in VOICES:
                raise ValueError(f"unknown voice {voice!r}, known are {', '.join(VOICES)}")


def load_dialogues() -> list[Dialogue]:
    """Every dialogue of the demo, by file name.

    Raises:
        msgspec.ValidationError: a file does not fit; the message names the field.
    """
    folder = files("tonewatch.models.synthesis") / "calls"
    texts = sorted((entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir())
    return [msgspec.toml.decode(text, type=Dialogue) for name, text in texts if name.endswith(".toml")]


def phrases(text: str) -> list[tuple[str, float]]:
    """Phrases of one breath, each with the silence after it in seconds: 0.45 at "…", 0.2 after a sentence.

    A very short sentence stays with the next one, because a voice speaks two words alone badly.
    """
    found: list[tuple[str, float]] = []
    carried = ""
    for piece, mark in re.findall(r"([^.?!…]+)([.?!…]+|$)", text):
        said = f"{carried} {piece.strip()}".strip()
        paused = mark.startswith("…")
        whole = said + ("," if paused else mark or ".")
        carried = "" if len(said) >= _MERGE_BELOW or paused else whole
        if not carried:
            found.append((whole, 0.45 if paused else 0.2))
    if carried:
        found.append((carried, 0.2))
    return found
