"""Moments: points in a call that deserve a reason. They wait a little for the words of their segments."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tonewatch.stream.messages import TOLD_MOST, Alert, FactsTable, Moment, MomentKind, Quote, Told, Words
from tonewatch.stream.tone.account import closing_line, kept, told_of
from tonewatch.stream.tone.alerts.alert_book import ReasonWanted
from tonewatch.stream.tone.alerts.tone_rules import Measure
from tonewatch.stream.tone.argument import argue
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.sure_words import language_of, quotable
from tonewatch.stream.tone.judged_segment import JudgedSegment
from tonewatch.stream.tone.sentence import realise, sentence
from tonewatch.stream.tone.wording import repeated

QUOTES_KEPT = 6
TIMES_KEPT = 20

ROLLING_TONE = 0.15
"""By so much the tone must have moved, or a measurement by a notable amount, for a moment without an alert."""

TONE = "tone"
"""Under which a moment's tone is kept beside its measurements."""


class WaitingMoment(msgspec.Struct, kw_only=True):
    """A moment that waits for the words of its segments. `sentence`: as it was without them.

    `before_ms`, `before_measured`: the moment before, which is what later ones go on from where this one is silent.
    """

    kind: MomentKind
    at_ms: int
    alert_id: str
    facts: FactsTable
    sentence: str
    before_ms: int = -1
    before_measured: dict[str, float] = msgspec.field(default_factory=dict)


class Moments(msgspec.Struct, kw_only=True):
    """What a call knows of its moments.

    waiting         those that are not written yet, the oldest first
    last_ms         media time of the last one; -1 before any
    last_measured   its tone and its measurements: what the next one is compared with
    last_rationale  the newest reason's text
    quotes          what the caller said, by time
    asked_ms        media time at which one was last due, whether it said anything or not
    told            what the call's reasons said, the newest ones
    language        of the words, where the recogniser was sure of it; '' before any
    curt_ms         where the caller answered the agent in one word, the newest
    laughed_ms      where the caller laughed, the newest
    """

    waiting: list[WaitingMoment] = msgspec.field(default_factory=list)
    last_ms: int = -1
    last_measured: dict[str, float] = msgspec.field(default_factory=dict)
    last_rationale: str = ""
    quotes: list[Quote] = msgspec.field(default_factory=list)
    asked_ms: int = -1
    told: list[Told] = msgspec.field(default_factory=list)
    language: str = ""
    curt_ms: list[int] = msgspec.field(default_factory=list)
    laughed_ms: list[int] = msgspec.field(default_factory=list)

    def follow(
        self,
        item: JudgedSegment,
        wanted: ReasonWanted | None,
        alert: Alert | None,
        window: Sequence[JudgedSegment],
        measure: Measure,
        config: ToneConfig,
    ) -> None:
        """After a judged segment: the reason that an alert's event asks for, or one that is due by time.

        `alert`: the one on the tone that is open. `window`: the segments of the rolling tone.
        """
        if wanted is not None:
            self._ask(wanted.kind, wanted.alert_id, wanted.facts, config)
        elif alert is not None and item.end_ms - max(self.last_ms, self.asked_ms) >= config.update_ms:
            self._ask("update", alert.alert_id, measure(self._fresh(window, item)), config)

    def roll(
        self,
        item: JudgedSegment,
        began_ms: int,
        window: Sequence[JudgedSegment],
        measure: Measure,
        config: ToneConfig,
    ) -> None:
        """While no alert is open: every so often, if anything changed since the last moment, say what.

        `began_ms`: where the caller's baseline begins.
        """
        since_ms = max(self.last_ms, self.asked_ms, began_ms)
        if not config.rolling_ms or item.end_ms - since_ms < config.rolling_ms:
            return
        found = measure([h for h in window if h.end_ms > since_ms] or [item])
        tone_before = found.tone_before if found.tone_since is None else found.tone_since
        changed = any(fact.salient for fact in (found.facts if found.since_ms is None else found.changed))
        if changed or abs(found.tone - tone_before) >= ROLLING_TONE:
            self._ask("update", "", found, config)

    def due(self, call_id: str, now_ms: int, config: ToneConfig) -> list[Moment]:
        """Moments that have waited long enough, in media time, for the words of their segments."""
        return self._write(call_id, [w for w in self.waiting if now_ms - w.at_ms >= config.words_wait_ms], config)

    def laughed(self, at_ms: int) -> None:
        self.laughed_ms = [*self.laughed_ms, at_ms][-TIMES_KEPT:]

    def hear_words(self, message: Words, config: ToneConfig, *, is_answer: bool = False) -> list[Moment]:
        """Words came: kept as a quote, and moments that had waited for them are written.

        `is_answer`: they are all that the caller said behind the agent's.
        """
        known = {quote.segment_id for quote in self.quotes}
        if message.segment_id in known or not message.text:
            return []
        if text := quotable(message):
            quote = Quote(
                segment_id=message.segment_id, start_ms=message.start_ms, text=text, confidence=message.confidence
            )
            self.quotes = sorted([*self.quotes, quote], key=lambda q: q.start_ms)[-QUOTES_KEPT:]
            if is_answer and len(text.split()) == 1:
                self.curt_ms = [*self.curt_ms, message.start_ms][-TIMES_KEPT:]
            self.language = (message.language and language_of(message, "")) or self.language
        return self._write(
            message.call_id, [w for w in self.waiting if message.end_ms >= w.facts.window_end_ms], config
        )

    def close_all(self, call_id: str, config: ToneConfig) -> list[Moment]:
        """The call is over: no more words will come."""
        return self._write(call_id, list(self.waiting), config)

    def sum_up(self, call_id: str, at_ms: int, config: ToneConfig) -> list[Moment]:
        """The last moment of a call that is over: one line of what its reasons said; none where nothing was."""
        text = closing_line(self.told, config.phrasing)
        if not text:
            return []
        last = self.told[-1]
        facts = FactsTable.empty(at_ms, window_end_ms=at_ms, tone=last.tone)
        closing = Moment(
            call_id=call_id,
            moment_id=f"{call_id}/closing/{at_ms}",
            kind="update",
            at_ms=at_ms,
            alert_id="",
            facts=facts,
            sentence=text,
            told=tuple(self.told),
            closing=True,
        )
        self.told = []
        return [closing]

    def quotes_between(self, start_ms: int, end_ms: int) -> tuple[Quote, ...]:
        return tuple(quote for quote in self.quotes if start_ms <= quote.start_ms < end_ms)

    def _fresh(self, window: Sequence[JudgedSegment], item: JudgedSegment) -> Sequence[JudgedSegment]:
        """The segments since the last moment."""
        return [h for h in window if h.end_ms > self.last_ms] or [item]

    def _ask(self, kind: MomentKind, alert_id: str, found: FactsTable, config: ToneConfig) -> None:
        self.asked_ms = max(self.asked_ms, found.at_ms)
        if argue(found, kind, self.told).verdict == "nothing":
            return
        waiting = WaitingMoment(
            kind=kind,
            at_ms=found.at_ms,
            alert_id=alert_id,
            facts=found,
            sentence=sentence(found, kind, self.told, config.phrasing),
            before_ms=self.last_ms,
            before_measured=self.last_measured,
        )
        self.last_ms = max(self.last_ms, found.at_ms)
        self.last_measured = {TONE: found.tone, **{fact.name: fact.value for fact in found.facts}}
        self.waiting.append(waiting)

    def _write(self, call_id: str, ready: list[WaitingMoment], config: ToneConfig) -> list[Moment]:
        self.waiting = [waiting for waiting in self.waiting if waiting not in ready]
        found = (self._moment(call_id, waiting, config) for waiting in ready)
        return [moment for moment in found if moment is not None]

    def _moment(self, call_id: str, waiting: WaitingMoment, config: ToneConfig) -> Moment | None:
        """Null where nothing is to be said: then nobody was told of it, and no later moment is compared with it."""
        facts = self._worded(waiting.facts)
        earlier = tuple(self.told)
        argued = argue(facts, waiting.kind, earlier)
        # Spoken again: the words have come since.
        text = realise(argued, earlier, config.phrasing)
        if not text:
            if self.last_ms == waiting.at_ms:
                self.last_ms, self.last_measured = waiting.before_ms, waiting.before_measured
            return None
        self.told = kept([*self.told, told_of(argued, facts, text)], TOLD_MOST)
        return Moment(
            call_id=call_id,
            moment_id=f"{waiting.alert_id or call_id}/{waiting.kind}/{waiting.at_ms}",
            kind=waiting.kind,
            at_ms=waiting.at_ms,
            alert_id=waiting.alert_id,
            facts=facts,
            sentence=text,
            told=earlier,
        )

    def _worded(self, found: FactsTable) -> FactsTable:
        """The facts with the words that have come."""
        return msgspec.structs.replace(
            found,
            quotes=self.quotes_between(found.window_start_ms, found.window_end_ms),
            repeated=repeated(self.quotes_between(0, found.window_end_ms), found.window_start_ms),
            last_rationale=self.last_rationale,
            one_word_answers=sum(found.window_start_ms <= at_ms < found.window_end_ms for at_ms in self.curt_ms),
            language=found.language or self.language,
        )
