"""What is remembered of a call, each part with its owner; small enough to be written after each segment."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tonewatch.stream.messages import CallAttributes, LineState, ModelRef, Segment, Words
from tonewatch.stream.messages.common import Role
from tonewatch.stream.tone.alerts.alert_book import AlertBook
from tonewatch.stream.tone.alerts.slot import CallContext
from tonewatch.stream.tone.evidence.baseline import Baseline
from tonewatch.stream.tone.evidence.detector import Detector
from tonewatch.stream.tone.evidence.voices import Voices
from tonewatch.stream.tone.evidence.word_turn import WordTurn
from tonewatch.stream.tone.moments import Moments
from tonewatch.stream.tone.phrasing.english import ENGLISH_PHRASING
from tonewatch.stream.tone.phrasing.phrasing import Phrasing
from tonewatch.stream.tone.sides import Sides
from tonewatch.stream.tone.turns import Turns

WORDS_KEPT_MS = 120_000
"""Words that come later than this after their segment are left: it is no longer known whether it was judged."""

SPOKEN = frozenset({"unsure", "too_short", "clipped", "analysis_failed"})
"""Why a listener did not judge the caller's voice that say nothing against the words: they were spoken all the same."""


RUN_MS = 2_000
"""What lies later in Kafka than what was counted, and by this much earlier in media time, is of another run."""


class CallMemory(msgspec.Struct, kw_only=True):
    """The state of one call.

    call       its attributes, as far as they are known
    told       what the call's newest CallOpened said of its notice; null before any, and then nothing of it is judged
    joins      a CallOpened came since the last segment: the next may lie anywhere in media time
    announced  the state that was written last: live, not_analysed, ended; '' before any
    counted    per channel, the media time up to which segments were taken; what lies before changes nothing
    now_ms     the latest media time that anything was heard at
    model      the encoder of the newest judged segment
    abstained  the caller's segments that were not judged: id -> end_ms
    early      words that came before their segment
    lines      what the line of each channel does, as far as it was told
    offsets    per channel, the newest record of audio in Kafka that a counted segment ends in
    run, run_from   how often media time began again, and the record of audio in Kafka where it did last
    repeated   records of segments that were counted before
    bound      by channel, the roles that the call has bound it to; empty where they are not known
    sides      what speaks for channels that were bound the wrong way round
    withdrawn  the notice of the call was: nothing of it is remembered or judged any more
    """

    call: CallAttributes = msgspec.field(default_factory=CallAttributes)
    told: bool | None = None
    joins: bool = False
    announced: str = ""
    counted: dict[str, int] = msgspec.field(default_factory=dict)
    now_ms: int = 0
    model: ModelRef | None = None
    abstained: dict[str, int] = msgspec.field(default_factory=dict)
    early: list[Words] = msgspec.field(default_factory=list)
    lines: dict[str, LineState] = msgspec.field(default_factory=dict)
    offsets: dict[str, int] = msgspec.field(default_factory=dict)
    run: int = 0
    run_from: int = -1
    repeated: int = 0
    bound: dict[str, list[Role]] = msgspec.field(default_factory=dict)
    sides: Sides = msgspec.field(default_factory=Sides)
    withdrawn: bool = False
    baseline: Baseline = msgspec.field(default_factory=Baseline)
    voices: Voices = msgspec.field(default_factory=Voices)
    detector: Detector = msgspec.field(default_factory=Detector)
    turns: Turns = msgspec.field(default_factory=Turns)
    alerts: AlertBook = msgspec.field(default_factory=AlertBook)
    moments: Moments = msgspec.field(default_factory=Moments)
    word_turn: WordTurn = msgspec.field(default_factory=WordTurn)

    def count(self, segment: Segment) -> bool:
        """Take note of a segment; false, and counted as repeated, where it was counted before.

        It was where its channel was counted beyond its beginning already, unless its audio lies in Kafka behind all
        that was counted: a copy never does.
        """
        channel = str(segment.channel)
        is_behind = segment.start_ms < self.counted.get(channel, 0)
        if segment.audio.last_offset < self.run_from or (is_behind and not self._is_later(segment)):
            self.repeated += 1
            return False
        self.joins = False
        self.counted[channel] = max(segment.end_ms, self.counted.get(channel, 0))
        self.offsets[channel] = max(segment.audio.last_offset, self.offsets.get(channel, 0))
        self.now_ms = max(self.now_ms, segment.end_ms)
        return True

    def is_of_another_run(self, segment: Segment) -> bool:
        """The call's id is used again, and whoever heard it did not know of the run before: media time begins again."""
        counted_ms = self.counted.get(str(segment.channel), 0)
        return segment.start_ms < counted_ms - RUN_MS and self._is_later(segment)

    def begin_run(self, segment: Segment) -> None:
        """Forget all that belongs to the run before; `segment` is the first of this one."""
        self.run, self.run_from = self.run + 1, segment.audio.first_offset
        self.counted, self.abstained, self.early, self.lines, self.now_ms = {}, {}, [], {}, 0
        self.baseline, self.detector, self.voices = Baseline(), Detector(), Voices()
        self.turns, self.moments, self.word_turn, self.sides = Turns(), Moments(), WordTurn(), Sides()
        self.alerts = self.alerts.over()

    def _is_later(self, segment: Segment) -> bool:
        newest = self.offsets.get(str(segment.channel))
        return newest is not None and segment.audio.first_offset >= newest and segment.audio.last_offset > newest

    def note_lines(self, told: Iterable[LineState]) -> bool:
        """What the lines do; false where nothing is new. A restarted listener may tell again what is over."""
        before = dict(self.lines)
        for line in told:
            known = self.lines.get(str(line.channel))
            if known is None and line.state == "live":
                continue
            is_older = known is not None and line.since_ms < known.since_ms
            is_same = known is not None and (known.state, known.reason) == (line.state, line.reason)
            if not is_older and not is_same:
                self.lines[str(line.channel)] = line
        return self.lines != before

    def heard_until_ms(self, end_ms: int) -> int:
        """Up to where every party was heard."""
        heard: dict[str, int] = {}
        for line in self.lines.values():
            until_ms = end_ms if line.state == "live" else line.since_ms
            heard[line.role] = max(heard.get(line.role, 0), until_ms)
        return min([end_ms, *heard.values()])

    def note_abstention(self, segment: Segment) -> None:
        """Its words may be the agent's, or a guess: they are neither evidence nor quoted. Words of the caller's own
        voice are, where that could not be judged for itself."""
        if segment.role == "customer" and segment.abstained in SPOKEN:
            return
        self.abstained[segment.segment_id] = segment.end_ms
        oldest_ms = self.now_ms - WORDS_KEPT_MS
        self.abstained = {name: end_ms for name, end_ms in self.abstained.items() if end_ms >= oldest_ms}

    def admit(self, message: Words) -> bool:
        """May these words be heard now? Those that came before their segment are kept until it comes."""
        oldest_ms = self.now_ms - WORDS_KEPT_MS
        if message.end_ms < oldest_ms or message.segment_id in self.abstained:
            return False
        if message.start_ms < self.counted.get(str(message.channel), 0):
            return True
        known = [words for words in self.early if words.end_ms >= oldest_ms]
        is_known = any(words.segment_id == message.segment_id for words in known)
        self.early = known if is_known else [*known, message]
        return False

    def words_of(self, segment: Segment) -> list[Words]:
        """Take out the words that came before this segment."""
        found = [words for words in self.early if words.segment_id == segment.segment_id]
        self.early = [words for words in self.early if words not in found]
        return found

    def context(self, call_id: str, spoken_at_ms: int = 0, phrasing: Phrasing = ENGLISH_PHRASING) -> CallContext:
        """What the judging of alerts is told of the call; `phrasing`: in which language alerts speak."""
        return CallContext(
            call_id=call_id,
            queue=self.call.queue,
            now_ms=self.now_ms,
            tone=self.detector.tone,
            baseline_segments=len(self.baseline.own),
            model=self.model,
            spoken_at_ms=spoken_at_ms,
            phrasing=phrasing,
        )

    def withdraw(self) -> None:
        """Forget all but what was counted, and whose call it is for those who may see that there is one."""
        queue, team = self.call.queue, self.call.team
        kept = ("announced", "counted", "now_ms", "offsets", "run", "run_from", "repeated")
        bare = CallMemory(call=CallAttributes(queue=queue, team=team), told=False, withdrawn=True)
        for name in self.__struct_fields__:
            if name not in kept:
                setattr(self, name, getattr(bare, name))

    def forgotten(self) -> CallMemory:
        """What is kept of a call that is over: enough to know its segments again, and its alerts."""
        return CallMemory(
            call=CallAttributes(queue=self.call.queue, team=self.call.team),
            told=self.told,
            announced=self.announced,
            counted=self.counted,
            now_ms=self.now_ms,
            offsets=self.offsets,
            run=self.run,
            run_from=self.run_from,
            repeated=self.repeated,
            bound=self.bound,
            withdrawn=self.withdrawn,
            alerts=self.alerts.over(),
        )
