"""What is told of an event of an alert, and how much of its sentence may leave the house."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, get_args

from tonewatch.stream.messages import Alert, AlertEvent, Notice, NoticeKind
from tonewatch.stream.notify.routes import Text

_RAISES: Final = frozenset({"fired", "reopened", "deepened", "confirmed", "changed", "suppressed"})
"""Events by which an alert that a receiver does not know yet can come to fit its route: its severity may have risen."""

_HANDLES: Final = frozenset({"acknowledged", "assigned", "snoozed"})

_OVER: Final = frozenset({"withdrawn", "resolved"})

EVENTS: Final = frozenset(get_args(AlertEvent))

LONGEST_SENTENCE: Final = 3_000

_QUOTED: Final = re.compile(r"""\s*\(\s*["“”„«»][^"“”„«»]*["“”„«»]\s*\)|["“”„«»][^"“”„«»]*["“”„«»]""")
_STRAY: Final = re.compile('["“”„«»]')
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_RUN: Final = 3
"""So many words in a row that the caller said are a quotation, with marks or without."""

CUT: Final = "[…]"


def kind_of(alert: Alert, *, raised: bool) -> NoticeKind | None:
    """What a receiver is to do with the event; `raised`: the alert is open there. Null: nothing."""
    event = alert.event or _event_of_before(alert)
    if alert.state == "pending":
        return None
    if alert.state in _OVER:
        return "resolved" if raised else None
    if not raised or event == "reopened":
        return "raised" if event in _RAISES else None
    return "acknowledged" if event in _HANDLES else "updated"


def is_handled(alert: Alert) -> bool:
    """Does somebody look after it, or is it over: a reason to tell nobody else?"""
    has_somebody = bool(alert.acknowledged_by or alert.assigned_to) or alert.snoozed_until_ms is not None
    return has_somebody or alert.state in _OVER


def _event_of_before(alert: Alert) -> str:
    """Records of release 0.1 have a state and no event."""
    return {"firing": "fired", "confirmed": "confirmed"}.get(alert.state, "")


def notice_of(alert: Alert, kind: NoticeKind, text: Text) -> Notice:
    """What is kept of the alert for its receivers: no evidence, audio or facts; with `none` no names of people."""
    return Notice(
        alert_id=alert.alert_id,
        call_id=alert.call_id,
        seq=alert.seq,
        kind=kind,
        event=alert.event,
        state=alert.state,
        severity=alert.severity,
        rule=alert.rule,
        cause=alert.cause,
        queue=alert.queue,
        onset_ms=alert.onset_ms,
        fired_ms=alert.fired_ms,
        resolved_ms=alert.resolved_ms,
        resolved_by=alert.resolved_by,
        acknowledged_by=alert.acknowledged_by if text != "none" else "",
        assigned_to=alert.assigned_to if text != "none" else "",
        emitted_at_ms=alert.emitted_at_ms,
        sentence=sentence_of(alert, text),
    )


def sentence_of(alert: Alert, text: Text) -> str:
    """The alert's sentence, without what the caller said unless the route lets that out too."""
    if text == "none":
        return ""
    if text == "quotations":
        return alert.sentence[:LONGEST_SENTENCE]
    said = [quote.text for quote in alert.facts.quotes]
    return without_quotations(alert.sentence, [*said, alert.facts.repeated])[:LONGEST_SENTENCE]


def without_quotations(sentence: str, said: Iterable[str]) -> str:
    """What stands between quotation marks, and runs of words that were said, taken out of a sentence.

    A mark without its other one takes the rest of the text with it: better too little than somebody's words.
    """
    plain = _QUOTED.sub(lambda found: "" if "(" in found.group() else CUT, sentence)
    if stray := _STRAY.search(plain):
        plain = plain[: stray.start()] + CUT
    return _without_runs(plain, {run for text in said for run in _runs(_words(text))})


def _words(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def _runs(words: list[str]) -> Iterable[tuple[str, ...]]:
    # A saying shorter than a run is one by itself, unless it is a single word, which anybody may use.
    length = min(_RUN, len(words))
    return (tuple(words[at : at + length]) for at in range(len(words) - length + 1)) if length > 1 else ()


def _without_runs(text: str, runs: set[tuple[str, ...]]) -> str:
    found = list(_WORD.finditer(text))
    words = [word.group().casefold().replace("’", "'") for word in found]
    said = [False] * len(words)
    for at in range(len(words)):
        for length in {len(run) for run in runs}:
            if tuple(words[at : at + length]) in runs:
                said[at : at + length] = [True] * length
    parts: list[str] = []
    end = 0
    for word, is_said in zip(found, said, strict=True):
        if is_said:
            parts += [text[end : word.start()], CUT]
            end = word.end()
    text = "".join([*parts, text[end:]])
    return re.sub(rf"{re.escape(CUT)}(?:\W*{re.escape(CUT)})+", CUT, text)
