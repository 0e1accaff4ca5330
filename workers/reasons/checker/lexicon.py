"""English words that describe a voice: the measurement each is about, and its direction.

Patterns are tried in the order of `MARKS`; where two overlap, the earlier one wins. They match lower-case text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

MarkKind = Literal[
    "talk_over", "fit", "words", "tone", "direction", "emotion", "noun", "change", "reference", "negation", "strength",
    "said", "repeats", "overload", "talked_over", "unheard", "mixed", "explained", "unpleased", "rival",
    "louder", "second", "little", "open", "certainty", "advice", "recovered", "friendly", "ironic", "ordinary",
    "unsettled", "doubt", "false_alarm", "joy", "gone", "unfit", "sound", "always",
    "distress", "still_neutral", "ending", "strained", "why", "cold", "even", "hint",
    "falls_silent", "one_word", "laughs", "most", "some", "worry", "brave", "sided", "lost", "needs_help", "neighbour",
    "less", "plain", "would", "would_not", "would_as", "gone_at", "usual_unknown",
]  # fmt: skip

CHANGED = 2
"""Sign of a word that says that something changed, without a direction."""


SUPPOSED: frozenset[MarkKind] = frozenset({"would", "would_not", "would_as"})
"""Marks of what another emotion would sound like (`supposed.py`)."""

BY_TEXT: frozenset[MarkKind] = SUPPOSED | {"gone_at"}
"""Marks that are held against the facts with their own words and times (`reader.py`)."""


@dataclass(frozen=True)
class Pattern:
    """`names`: the facts it may be about (any of them); `sign`: +1, -1, 0 (unchanged) or `CHANGED`.

    `strength` scales the robust deviations that the claim needs: 0.5 for "slightly", 2 for "much".
    """

    kind: MarkKind
    regex: re.Pattern[str]
    names: tuple[str, ...] = ()
    sign: int = 0
    strength: float = 1.0


def pattern(kind: MarkKind, words: str, *names: str, sign: int = 0, strength: float = 1.0) -> Pattern:
    """A pattern that stands between borders of words."""
    return Pattern(kind, re.compile(rf"(?<![\w'])(?:{words})(?![\w])"), names, sign, strength)


_WHOSE = r"(?:(?:his|her|their|its|the|this|a) )?(?:caller's |speaker's |customer's |person's )?(?:own )?"
_USUAL = r"(?:usual|baseline|normal|norm|habit|reference)"
_AGENT = r"(?:the |an )?agent"
_PAUSES = r"(?:pauses?|pausing|silences?|gaps?|hesitations?|breaks)"
_SYLLABLES = r"(?:words|syllables)"
_STRESSED = r"(?:stressed|emphasi[sz]ed|accented)"
_LIVELY = r"(?:varied|lively|expressive|melodic|animated|dynamic)"
_VOICE = r"(?:voice|delivery|melody|intonation|pitch|speech|speaking)"
_ARE = r"(?:are|were|sound|stay|remain)"
_FRIENDLY = r"(?:friendly|polite|kind|warm|grateful|thankful|pleasant|positive)"
_CRITICAL = r"(?:critical|complaining|harsh|unhappy|bitter|negative|discontented)"
_PLAIN = r"(?:plain|factual|matter-of-fact|neutral|sober)"

MARKS: tuple[Pattern, ...] = (
    # Both parties speak at once.
    pattern(
        "talk_over",
        rf"talk(?:s|ed|ing)? over {_AGENT}|interrupt(?:s|ed|ing)?(?: {_AGENT})?|cut(?:s|ting)? (?:{_AGENT} )?(?:off|in)"
        rf"|over {_AGENT}|talk(?:s|ed|ing)? over each other"
        r"|(?:both )?(?:speak|talk)(?:ing|s)? at (?:once|the same time)(?: as the agent)?"
        r"|talk-?over|overlap(?:s|ping)?(?: speech)?|double talk",
        "talk_over",
    ),
    # Whether words and voice agree.
    pattern(
        "fit",
        r"(?:the )?(?:words|text) and (?:the )?(?:voice|tone) (?:clash|disagree|differ|do not (?:fit|agree|match))"
        r"|(?:the )?(?:words|text) (?:clash|disagree|do not (?:fit|agree|match))(?: with)?(?: the)?(?: voice| tone)?",
        sign=-1,
    ),
    pattern(
        "fit",
        r"(?:the )?(?:words|text) and (?:the )?(?:voice|tone) (?:agree|fit|match|point the same way)"
        r"|(?:the )?(?:words|text) (?:fit|match|agree with|suit) (?:the )?(?:voice|tone)"
        r"|(?:the )?voice (?:agrees|fits)(?: with)?(?: them| the words)?",
        sign=1,
    ),
    # The words alone.
    pattern("words", rf"{_FRIENDLY} words|words {_ARE} {_FRIENDLY}|(?:thanks|praise)", sign=1),
    pattern(
        "words", rf"{_CRITICAL} words|words {_ARE} {_CRITICAL}|(?:the )?words complain|complain(?:s|ed|ing)?", sign=-1
    ),
    pattern("words", rf"{_PLAIN} words|words {_ARE} {_PLAIN}", sign=0),
    # The tone as a whole.
    pattern(
        "tone",
        r"degrad(?:es|ed|ing|ation)|deteriorat(?:es|ed|ing|ion)|worsen(?:s|ed|ing)?|worse|more negative|less positive"
        r"|(?:gets|got|turns|turned) (?:worse|negative)|sour(?:s|ed)",
        "tone",
        sign=-1,
    ),
    pattern(
        "tone",
        r"improv(?:es|ed|ing|ement)|recover(?:s|ed|ing|y)?|better|more positive|less negative|brighten(?:s|ed|ing)?",
        "tone",
        sign=1,
    ),
    # Words that carry both the measurement and the direction.
    pattern(
        "direction",
        rf"flat {_VOICE}|{_VOICE}(?: \w+){{0,2}} flat|monoton\w+|flatter|flattens?|flattened",
        "pitch_range",
        sign=-1,
    ),
    pattern("direction", rf"less {_LIVELY}|less variation", "pitch_range", sign=-1),
    pattern("direction", rf"(?:more |very )?{_LIVELY}|livelier|more variation|sing-?song", "pitch_range", sign=1),
    pattern(
        "direction", r"shout(?:s|ed|ing)?|yell(?:s|ed|ing)?|scream(?:s|ed|ing)?|booming", "level", sign=1, strength=2.0
    ),
    pattern("direction", r"whisper(?:s|ed|ing)?|barely audible", "level", sign=-1, strength=2.0),
    pattern(
        "direction",
        rf"(?:raise[sd]?|raising) {_WHOSE}voice|raised voice|voice (?:is |was )?raised|loudly|louder|loud",
        "level",
        sign=1,
    ),
    pattern(
        "direction",
        rf"(?:lowers?|lowered|lowering) {_WHOSE}voice|quieter|quietly|quiet|softer|softly|soft|hushed|subdued",
        "level",
        sign=-1,
    ),
    pattern("direction", r"higher[- ]pitched|high[- ]pitched|shrill(?:er)?", "pitch", sign=1),
    pattern("direction", r"lower[- ]pitched|low[- ]pitched|deeper|deep", "pitch", sign=-1),
    pattern(
        "direction",
        r"faster|fast|quicker|quickly|quick|rapidly|rapid|hurried|rushed|rushing|hastier|(?:speeds?|sped|speeding) up"
        r"|accelerat(?:es|ed|ing|ion)|quicken(?:s|ed|ing)?|(?:pace|tempo|speed) (?:has |is )?pick(?:s|ed|ing) up",
        "rate",
        sign=1,
    ),
    pattern(
        "direction",
        r"slower|slowly|slow(?:s|ed|ing)? down|slowed|slowing|slow|unhurried|decelerat(?:es|ed|ing|ion)",
        "rate",
        sign=-1,
    ),
    pattern(
        "direction",
        rf"(?:fewer|shorter|less|few|hardly any|no|without) (?:long )?{_PAUSES}"
        r"|pause[sd]? less(?: often)?|pausing less(?: often)?",
        "pauses",
        sign=-1,
    ),
    pattern(
        "direction",
        rf"(?:more|longer|frequent|many|extra|long|more frequent|more and longer) (?:long )?{_PAUSES}"
        rf"|pause[sd]? more(?: often)?|pausing more(?: often)?|hesitant|hesitat(?:es|ed|ing)(?: more)?|halting",
        "pauses",
        sign=1,
    ),
    pattern(
        "direction",
        rf"fewer {_SYLLABLES} (?:are |were )?{_STRESSED}|(?:less|fewer) {_STRESSED}(?: {_SYLLABLES})?"
        rf"|stress(?:es|ed|ing) (?:fewer|less)(?: {_SYLLABLES})?|less emphatic\w*|less emphasis",
        "stress",
        sign=-1,
    ),
    pattern(
        "direction",
        rf"more {_SYLLABLES} (?:are |were )?{_STRESSED}|more {_STRESSED}(?: {_SYLLABLES})?"
        rf"|stress(?:es|ed|ing) more(?: {_SYLLABLES})?|emphatic\w*|more emphasis",
        "stress",
        sign=1,
    ),
    pattern("direction", r"less (?:tense|strained|pressed|forceful|effort)|more relaxed|laxer", "effort", sign=-1),
    pattern(
        "direction",
        r"tenser|tense|strained|pressed|forceful(?:ly)?|harsher|sharper|tighter|more effortful",
        "effort",
        sign=1,
    ),
    # Emotions: sign 0 asserts one, +1 and -1 compare it with the caller's baseline.
    pattern("emotion", r"angrier", "angry", sign=1),
    pattern("emotion", r"happier", "happy", sign=1),
    pattern("emotion", r"sadder", "sad", sign=1),
    pattern("emotion", r"calmer|calm(?:s|ed|ing) down", "angry", sign=-1),
    pattern("emotion", r"furious|enraged|rage|irate|livid", "angry", strength=2.0),
    pattern("emotion", r"delighted|overjoyed|thrilled", "happy", strength=2.0),
    pattern("emotion", r"upset|negative|displeased|dissatisfied", "angry", "sad"),
    pattern(
        "emotion",
        r"angry|angrily|anger|mad|irritat(?:ed|ion)|annoy(?:ed|ance)|frustrat(?:ed|ion)|hostil(?:e|ity)|aggressive"
        r"|aggression|outraged",
        "angry",
    ),
    pattern("emotion", r"happy|happily|happiness|joy|joyful|cheerful|glad|pleased|excited|friendly|positive", "happy"),
    pattern(
        "emotion",
        r"sad|sadly|sadness|unhappy|sorrow|sorrowful|dejected|downcast|disappoint(?:ed|ment)|distressed",
        "sad",
    ),
    pattern("emotion", r"neutral|calm|calmly|composed|even-tempered|relaxed", "neutral"),
    # "no" before "no pauses" would be too early: whatever names a measurement comes first.
    pattern("negation", r"not|no longer|no|nothing|never|without|neither|nor|none|hardly|lacks?|absence of"),
    # Measurements.
    pattern(
        "noun",
        r"pitch range|pitch variation|melody|melodic range|intonation range|range of (?:the )?pitch|intonation",
        "pitch_range",
    ),
    pattern("noun", r"pitch|f0|fundamental(?: frequency)?", "pitch"),
    pattern("noun", r"loudness|volume|level|intensity|energy", "level"),
    pattern("noun", r"(?:vocal |voice )?(?:effort|tension|strain)|spectral (?:tilt|balance)|tilt", "effort"),
    pattern("noun", r"(?:speaking |speech |talking |syllable |articulation )?(?:rate|tempo|pace|speed)", "rate"),
    pattern("noun", _PAUSES + r"|pause share|share of pauses", "pauses"),
    pattern("noun", r"(?:word |syllable )?stress|emphasis|stressed (?:syllables|words)|prominence", "stress"),
    pattern("noun", r"tone", "tone"),
    pattern(
        "reference",
        rf"(?:than|compared (?:with|to)|against|over|from|relative to|versus|beside|for) (?:what is )?{_WHOSE}{_USUAL}"
        r"|than (?:before|earlier|(?:in|at) (?:the )?(?:first minute|start|beginning)(?: of the call)?)"
        r"|(?:than|as|from) (?:he|she|they) (?:usually|normally) (?:speaks?|sounds?|does|is|do)",
    ),
    # A direction whose measurement is named elsewhere.
    pattern("change", rf"(?:above|over|higher than) {_WHOSE}{_USUAL}", sign=1),
    pattern("change", rf"(?:below|under|beneath|lower than) {_WHOSE}{_USUAL}", sign=-1),
    pattern(
        "change",
        rf"(?:back |returned |return )?(?:to|near|at|around|close to|in line with|as) {_WHOSE}{_USUAL}"
        r"|as (?:usual|before)",
        sign=0,
    ),
    pattern(
        "change",
        r"steady|unchanged|stable|constant|(?:the )?same|unaltered|similar|consistent|level with|flat|normal|usual",
        sign=0,
    ),
    pattern(
        "change",
        r"changed|changes?|changing|differs?|different|difference|shift(?:s|ed)?|unusual|unsteady",
        sign=CHANGED,
    ),
    pattern(
        "change",
        r"more|higher|highest|high|up|rose|rises?|rising|risen|raised|increas(?:e|es|ed|ing)|grew|grows|grown|growing"
        r"|climb(?:s|ed|ing)?|jump(?:s|ed|ing)?|elevated|above|greater|bigger|larger|stronger|heavier|wider|widen(?:s|ed|ing)?"
        r"|broader|broadens?|longer|wide|gain(?:s|ed)?|added",
        sign=1,
    ),
    pattern(
        "change",
        r"less|fewer|lower|lowest|low|lowered|down|fell|falls?|falling|fallen|drop(?:s|ped|ping)?|decreas(?:e|es|ed|ing)"
        r"|declin(?:e|es|ed|ing)|reduc(?:e|es|ed|tion)|sank|sinks?|sunk|below|beneath|smaller|weaker|narrow(?:er|s|ed)?|shrank|shrinks?"
        r"|shorter|dipped|dips?|lost",
        sign=-1,
    ),
    pattern(
        "strength",
        r"leaning|slightly|a little|somewhat|a bit|marginally|a touch|a hint of|some|mildly|slight|small",
        strength=0.5,
    ),
    pattern(
        "strength",
        r"much|far|very|sharply|strongly|a lot|considerably|markedly|dramatically|extremely|clearly"
        r"|strong|sharp|marked",
        strength=2.0,
    ),
)
"""All marks, in order of precedence."""
