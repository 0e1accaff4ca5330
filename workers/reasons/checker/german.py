"""Claims in German."""

from __future__ import annotations

import re

from tonewatch.stream.tone.phrasing.german import GERMAN_PHRASING
from tonewatch.workers.reasons.checker.argued import spoken_patterns
from tonewatch.workers.reasons.checker.german_lexicon import GERMAN_ARGUED, GERMAN_MARKS
from tonewatch.workers.reasons.checker.german_numerals import GERMAN_NUMERALS
from tonewatch.workers.reasons.checker.language import CheckedLanguage, with_plain_marks

# Closed on purpose, as the English list (`vocabulary.py`).
_FILLERS = """
der die das den dem des ein eine einen einem einer eines dieser diese dieses diesen diesem er sie es seine sein seiner
seinem seinen ihre ihr ihrer ihrem ihren ihm ihn man sich wer was hier da dort
anrufer anruferin anrufers anrufenden kunde kundin sprecher sprecherin person agent agentin
ist sind war waren wird wurde werden worden geworden sein gewesen hat haben hatte hatten
und oder aber doch jedoch während obwohl auch wenn dann noch nach vor wie als weil denn also sowie sondern
in im an am auf aus bei beim mit von vom zu zum zur für über unter um seit ab bis gegen gegenüber durch zwischen neben
stimme stimmlich stimmlage sprechweise sprache spricht sprach sprechen gesprochen redet reden geredet sagt sagte gesagt
klingt klang klingen geklungen scheint wirkt wirkte hört gehört hören zu hören zeigt zeigte zeigen merkt
geht ging bleibt blieb bleiben kommt kam beginnt begann hält liegt lag steht stand wieder zurück
gemessen messung maß modell akustisch worte wörter wort text silben silbe
meist meisten meiste sonst üblich üblichen gewöhnlich eigene eigenen verglichen vergleich
moment anruf gespräch fenster sekunde sekunden zeit mal halbtöne halbton
insgesamt vor allem ganz recht ziemlich wohl jeder jede jedes erste ersten
könnte vielleicht mag kann
so dass damit dabei außerdem zugleich inzwischen macht
alarm vorbei
fällt auf auffällt stehen nur allein selbst einzelnes bekannt
"""

_COMMA_OF_A_NUMBER = re.compile(r"(?<=\d),(?=\d)")


def normalise(text: str) -> str:
    """Lower case, plain quotation marks and dashes, numbers with a point."""
    # "Nicht nur lauter, sondern auch schneller" denies nothing.
    text = with_plain_marks(text).replace("nicht nur ", "").replace("prozent", "%")
    return _COMMA_OF_A_NUMBER.sub(".", text)


GERMAN_CHECKED = CheckedLanguage(
    code="de",
    normalise=normalise,
    marks=(*spoken_patterns(GERMAN_PHRASING), *GERMAN_ARGUED, *GERMAN_MARKS),
    fillers=frozenset(_FILLERS.split()),
    numerals=GERMAN_NUMERALS,
    clause=re.compile(r"[,;:]|\b(?:und|aber|oder|während|sondern|doch|jedoch|obwohl|wobei|mit|noch)\b"),
    negation_border=re.compile(r"[,;:]|\b(?:und|aber|während|sondern|doch|jedoch|obwohl|wobei|mit)\b"),
    joint=frozenset({"weder"}),
    emotion_noun=re.compile(r"ärgers?|freude|fröhlichkeit|trauer|traurigkeit|wut|zorn"),
    single={
        **dict.fromkeys(("höher", "höhere", "höheren", "höherer", "hoch", "hohe", "hoher", "hohen"), (("pitch",), 1)),
        **dict.fromkeys(("tiefer", "tiefere", "tieferen", "tieferer", "tief"), (("pitch",), -1)),
    },
    single_first=True,
    equal=re.compile(r"\b(?:so|ebenso|genauso) $"),
    factor=re.compile(r"(mal|doppelt|halb) so $"),
    halves="halb",
    joins=re.compile(r"[\s\w]{0,40}(?:und|oder|,)[\s\w,]*"),
    before=re.compile(r"\b(?:[Aa]ls|[Ww]ie) um (?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)(?!\d)"),
    then=re.compile(r"\bals da\b"),
    usual=re.compile(r"\b(?:als|wie|über|unter) (?:sonst|üblich|gewohnt|gewöhnlich|normal)(?:e[nrms]?)?\b"),
    denies_after=re.compile(
        r" (?:sich )?(?:nicht|nie)\b(?! (?:nur|so)\b)| (?:ist|sind|war|waren) (?:nichts?|kaum etwas) zu hören"
    ),
)
