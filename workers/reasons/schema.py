"""The answer as JSON, for servers that hold a model to a schema instead of a grammar."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from tonewatch.stream.messages import Emotion, FactsTable
from tonewatch.workers.reasons.prompt import quotes

FIELDS = ("voice", "words", "fit", "change", "label", "degraded", "confidence")


class _Answer(msgspec.Struct):
    """In this order, in which a server makes the model write: the reasons before the answer that they lead to."""

    voice: str
    words: str
    fit: str
    change: str
    label: str
    degraded: str
    confidence: float


def schema(facts: FactsTable) -> dict[str, Any]:
    """JSON schema of an answer about these facts; properties in the order in which they are to be written."""
    # `minLength` keeps a model from answering each field with an empty string.
    text = {"type": "string", "minLength": 4, "maxLength": 400}
    nothing = {"type": "string", "enum": ["none"]}
    return {
        "type": "object",
        "properties": {
            "voice": text,
            "words": text if quotes(facts) else nothing,
            "fit": text if quotes(facts) else nothing,
            "change": text,
            "label": {"type": "string", "enum": list(get_args(Emotion))},
            "degraded": {"type": "string", "enum": ["yes", "no", "unsure"]},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": list(FIELDS),
        "additionalProperties": False,
    }


def plain(text: str) -> str:
    """JSON of that schema as `<think>...</think><answer>...</answer>`; any other text as it is."""
    try:
        found = msgspec.json.decode(text.strip().removeprefix("```json").removesuffix("```"), type=_Answer)
    # Not JSON: perhaps the server ignored the schema and the model wrote the form of the examples.
    except (msgspec.DecodeError, UnicodeDecodeError):
        return text
    return (
        f"<think>\nVoice: {found.voice}\nWords: {found.words}\nFit: {found.fit}\nChange: {found.change}\n</think>\n"
        f"<answer>{found.label}; degraded {found.degraded}; confidence {found.confidence:g}</answer>"
    )
