"""The argument of a moment in two or three plain sentences: what a supervisor reads in three seconds.

It needs no model, so an alert never waits for one. What happened stands first, with its time; then what the caller
does and how the voice differs from the usual; then how the words fit and why it is not the neighbouring emotion; then
how sure it is, and whether to listen in. No score of the tone: figures stand beside the text, not in it. Where nothing
stands out, or nothing is new since the call's reason before, there is no text.
"""

from __future__ import annotations

from collections.abc import Sequence

from tonewatch.stream.messages import FactsTable, MomentKind, Told
from tonewatch.stream.tone.argument import SUNKEN, Argument, argue
from tonewatch.stream.tone.cues import Cue
from tonewatch.stream.tone.evidence.sentences import sentences
from tonewatch.stream.tone.phrasing.english import ENGLISH_PHRASING
from tonewatch.stream.tone.phrasing.headlines import headline_of
from tonewatch.stream.tone.phrasing.phrasing import Phrasing
from tonewatch.stream.tone.verdict import DEGRADED

MOST_WORDS = 50

VARIANTS = 3

CUES_BESIDE_DOING = 3
"""Of the voice, where it is told what the caller does: behaviour goes before pitch."""

CUTS = (
    (True, True, 4, True),
    (True, True, 3, False),
    (True, True, 2, False),
    (False, True, 3, False),
    (False, True, 2, False),
    (False, False, 3, False),
    (False, False, 0, False),
)
"""What a text keeps while it is too long: the neighbour, the quotation, how many cues of the voice (0: the first, and
none beside what the caller does), and what is beyond that."""

STILL = 2
"""Cues that are told as going on beside what has changed."""


def sentence(
    facts: FactsTable, kind: MomentKind, earlier: Sequence[Told] = (), phrasing: Phrasing = ENGLISH_PHRASING
) -> str:
    """The text for a moment, spoken from its argument; about fifty words at most, '' where nothing is to be said."""
    return realise(argue(facts, kind, earlier), earlier, phrasing)


def lead(facts: FactsTable, kind: MomentKind, phrasing: Phrasing = ENGLISH_PHRASING) -> str:
    """What happened, as a sentence of its own: it stands in front of a reason that a model wrote."""
    argued = argue(facts, kind)
    return "" if argued.silent else f"{headline_of(argued, phrasing)}."


def realise(argument: Argument, earlier: Sequence[Told] = (), phrasing: Phrasing = ENGLISH_PHRASING) -> str:
    """The whole text of an argument; no sentence of it stands in an earlier text of the call."""
    if argument.silent:
        return ""
    said = {one for told in earlier for one in sentences(told.text)}
    # Another call begins with another wording.
    first = argument.since_ms // 1000
    texts = [_spoken(argument, phrasing, first + turn) for turn in range(VARIANTS)]
    fresh = next((text for text in texts if said.isdisjoint(sentences(text))), None)
    return fresh or " ".join(one for one in sentences(texts[0]) if one not in said)


def _spoken(argument: Argument, phrasing: Phrasing, variant: int) -> str:
    """What is left out where it grows too long: the third cue first, then the neighbour, then the quotation."""
    for rival, quote, most, more in CUTS:
        text = _Speaker(phrasing, variant, quote=quote, most=most, more=more).text(argument, rival=rival)
        if len(text.split()) <= MOST_WORDS:
            break
    return text


class _Speaker:
    """Speaks an argument with the wording of that variant."""

    def __init__(self, phrasing: Phrasing, variant: int, *, quote: bool, most: int, more: bool) -> None:
        self._phrasing, self._variant, self._quotes, self._most, self.more = phrasing, variant, quote, most, more

    @property
    def beside_doing(self) -> int:
        """How many cues of the voice stand beside what the caller does."""
        return min(CUES_BESIDE_DOING, self._most)

    def text(self, argument: Argument, *, rival: bool) -> str:
        told = _told(argument, self)
        opening = f"{headline_of(argument, self._phrasing)}{': ' if told else ''}{told}."
        against = _rival(argument, self) if rival else ""
        rest = (_still(argument, self), _words(argument, self), against, _stake(argument, self))
        middle = "; ".join(part for part in rest if part)
        parts = (opening, f"{_capital(middle)}." if middle else "", _ending(argument, self))
        return " ".join(part for part in parts if part)

    def say(self, key: str, **slots: str) -> str:
        return self._phrasing.say(key, self._variant, **slots)

    def quote(self, argument: Argument) -> str:
        return self._phrasing.quote.format(words=argument.quote) if argument.quote and self._quotes else ""

    def doing(self, argument: Argument) -> str:
        names = list(argument.doing)
        if set(names) == {"complaint", "again"}:
            names = ["complaint_again"]
        quoted = argument.quoted if len(names) == len(argument.doing) else names[0] if argument.quoted else ""
        does = (self._phrasing.does[name] + (self.quote(argument) if name == quoted else "") for name in names)
        return self._phrasing.listed(does)

    def voice(self, heard: Sequence[Cue], contrary: Sequence[Cue] = (), *, much: bool = True) -> str:
        """The comparatives of a voice, "much" before the first that is; what does not fit stands behind "but"."""
        if not heard:
            return ""
        if self._most < CUES_BESIDE_DOING:
            heard, contrary = heard[: self._most or 1], contrary if self._most else ()
        p = self._phrasing
        words = [p.voice[cue.name, cue.sign] for cue in heard]
        words[0] = p.much.format(word=words[0]) if much and heard[0].much else words[0]
        unlike = "".join(p.but.format(word=p.voice[cue.name, cue.sign]) for cue in contrary)
        return p.listed(words) + unlike

    def same(self, names: Sequence[str]) -> str:
        back = [noun for name, noun in self._phrasing.same.items() if name in names][:3]
        if not back:
            return ""
        return self.say("told.back.one" if len(back) == 1 else "told.back.many", same=self._phrasing.listed(back))

    def noun(self, emotion: str) -> str:
        return self._phrasing.nouns[emotion]

    def alike(self, argument: Argument) -> str:
        """How the neighbour would sound as well; '' where nothing that stands out is like it."""
        signs = [(cue.name, cue.sign) for cue in argument.heard]
        wanted = SUNKEN if argument.rival in ("tired", "sad") else (("level", 1), ("pitch", 1))
        return next((self._phrasing.alike[sign] for sign in wanted if sign in signs), "")

    def listed(self, parts: Sequence[str]) -> str:
        return self._phrasing.listed(parts)


def _told(argument: Argument, speaker: _Speaker) -> str:
    """What the caller does, and how the voice differs."""
    doing, changed = speaker.doing(argument), speaker.voice(argument.changed, much=False)
    if argument.is_calm_told and not argument.heard:
        return ""  # what is back was told by the reason before
    if argument.verdict == "back":
        return _returned(argument, speaker)
    if changed:
        return speaker.say("told.doing_changed" if doing else "told.changed", doing=doing, voice=changed)
    voice = speaker.voice(argument.heard[: speaker.beside_doing] if doing else argument.heard, argument.contrary)
    if doing:
        return _with_hint(_doing_in(argument, speaker, doing, voice), argument, speaker)
    if voice and _sounds_distressed(argument):
        return speaker.say("told.distress", voice=voice)
    if voice and not argument.fits and not argument.doubt:
        return speaker.say("told.unfit", voice=voice, noun=speaker.noun(argument.emotion))
    if voice and argument.verdict == "falling" and argument.gone:
        still = speaker.say("told.voice_still", voice=voice)
        return speaker.say("told.though", first=speaker.say(f"told.less.{argument.gone}"), second=still)
    if voice:
        goes_on = argument.verdict in ("still", "falling")
        return _with_hint(speaker.say("told.voice_still" if goes_on else "told.voice", voice=voice), argument, speaker)
    if argument.verdict == "falling":
        return speaker.say(f"told.less.{argument.gone}") if argument.gone else ""
    if argument.always:
        return speaker.say("told.always")
    if argument.hint:
        return speaker.say(f"told.hint.{argument.hint}")
    if not argument.has_usual:
        return speaker.say("told.unknown")
    if argument.emotion and not argument.doubt:
        return speaker.say(f"told.most.{argument.emotion}" if argument.mostly else "told.sound")
    return speaker.say("told.nothing")


def _doing_in(argument: Argument, speaker: _Speaker, doing: str, voice: str) -> str:
    if voice:
        return speaker.say("told.doing_in", doing=doing, voice=voice)
    plain = argument.doubt and argument.has_usual and not argument.heard and not argument.hint
    # That nothing else stands out is the last that a text does without.
    only = plain and speaker.beside_doing
    return speaker.say("told.doing_only" if only else "told.doing", doing=doing)


def _with_hint(told: str, argument: Argument, speaker: _Speaker) -> str:
    # A doubt comes back to it, which is enough where the text grows too long.
    if not argument.hint or (argument.doubt and not speaker.beside_doing):
        return told
    return speaker.say("told.and", first=told, second=speaker.say(f"told.beside.{argument.hint}"))


def _still(argument: Argument, speaker: _Speaker) -> str:
    """Beside what has changed: how the voice goes on to differ from the usual."""
    if not argument.changed or not speaker.more:
        return ""
    new = [cue.name for cue in argument.changed]
    voice = speaker.voice([cue for cue in argument.heard if cue.name not in new][:STILL])
    return speaker.say("told.voice_still", voice=voice) if voice else ""


def _stake(argument: Argument, speaker: _Speaker) -> str:
    """What it means for the call, where somebody is to listen in."""
    if argument.advice != "listen" or argument.disputed or not speaker.more:
        return ""
    if "leaving" in argument.doing:
        return speaker.say("stake.leaving")
    return speaker.say("stake.distress") if "distress" in argument.doing and argument.emotion == "sad" else ""


def _sounds_distressed(argument: Argument) -> bool:
    """Sadness in a raised voice is no tiredness."""
    raised = any(cue.sign > 0 and cue.name in ("pitch", "level") for cue in argument.heard)
    return argument.emotion == "sad" and argument.verdict == "rising" and not argument.doubt and raised


def _returned(argument: Argument, speaker: _Speaker) -> str:
    """What is gone and what is back at the usual, and what is not."""
    gone = f"told.{'gone' if argument.faded else 'less'}.{argument.gone}" if argument.gone else ""
    voice = speaker.voice(argument.heard, argument.contrary)
    # A pace that is back is idle beside a voice that is not.
    same = [name for name in argument.same if name != "rate" or not voice]
    back = [part for part in (speaker.say(gone) if gone else "", speaker.same(same)) if part]
    still = speaker.say("told.voice_still", voice=voice) if voice else ""
    if not back:
        return still
    told = back[0] if len(back) == 1 else speaker.say("told.and", first=back[0], second=back[1])
    return speaker.say("told.though", first=told, second=still) if still else told


def _words(argument: Argument, speaker: _Speaker) -> str:
    """How the words stand to the voice; with a doubt, what both mean together."""
    # A phrase that shows what the caller does has been quoted there.
    quote = "" if argument.quoted else speaker.quote(argument)
    if argument.doubt == "happy" and argument.is_strained and argument.relation not in ("explain", "ironic", "mixed"):
        return speaker.say(f"doubt.strained{'' if argument.mostly else '.rather'}")
    if argument.doubt:
        told = argument.relation == "explain" and argument.quoted and _complains(argument)
        key = f"doubt.{argument.doubt}.{'told' if told else argument.relation}"
        key += (".hint" if argument.hint else "") + ("" if argument.mostly else ".rather")
        return speaker.say(key, quote=quote, noun=speaker.noun(argument.hint) if argument.hint else "")
    if argument.unheard_told:
        return ""
    if argument.verdict in DEGRADED:
        key = f"words.{argument.relation}"
        if argument.worry:
            key = "words.worry"
        elif argument.relation == "explain" and not _complains(argument):
            key = "words.problem"
        elif argument.relation == "contradict" and argument.certainty == "leaning":
            key = "words.contradict.leaning" if argument.emotion else "calm.friendly"
        elif argument.relation == "contradict" and argument.emotion == "sad":
            key = "words.brave"
        elif argument.relation in ("ironic", "mixed") and argument.emotion != "angry":
            # Praise beside a trouble is odd in an angry voice alone.
            key = "words.beside" if _is_mixed(argument) else "words.ironic"
        elif argument.relation == "ironic" and argument.quoted:
            # The complaint was quoted before: "such praise" would point at it.
            key = "words.mixed"
        return speaker.say(key, quote=quote)
    key = _calm(argument)
    return speaker.say(key, quote=quote) if key else ""


def _complains(argument: Argument) -> bool:
    """What the caller does by words is among what was told."""
    behaviour = ("over_caller", "over_agent", "over_both", "overloads", "repeats", "falls_silent", "one_word")
    return any(name not in behaviour for name in argument.doing)


def _is_mixed(argument: Argument) -> bool:
    """The words name a trouble, too."""
    return argument.relation == "mixed" or bool(argument.quoted)


def _calm(argument: Argument) -> str:
    """The key of the words beside a voice that is not degraded; '' where they add nothing."""
    if argument.relation == "explain":
        return "" if "relief" in argument.doing else "calm.friendly"
    if argument.relation == "contradict":
        return "calm.problem"
    if argument.relation == "mixed":
        return "calm.mixed"
    if argument.relation == "open" and argument.verdict == "brighter" and argument.quote:
        return "calm.open"
    if argument.relation == "ordinary":
        return "calm.lifts" if argument.verdict == "brighter" else "calm.ordinary"
    return "words.unknown" if argument.relation == "unknown" and argument.verdict != "dip" else ""


def _rival(argument: Argument, speaker: _Speaker) -> str:
    """The neighbour that would sound alike, and what speaks against it."""
    if argument.doubt or argument.rival_told or (not argument.rival and not argument.present):
        return ""
    if _is_cold(argument):
        return speaker.say("why.cold")
    if not argument.rival:
        return _why(argument, speaker)
    if argument.rival == "neutral":
        return speaker.say("rival.neutral")
    against = speaker.listed([speaker.say(key) for key in _against(argument)])
    if argument.even:
        rival = speaker.say("rival.even", noun=speaker.noun(argument.rival))
        return speaker.say("rival.but", rival=rival, against=against) if against else rival
    if argument.second:
        rival = speaker.say("rival.second", noun=speaker.noun(argument.rival))
        return speaker.say("rival.but", rival=rival, against=against) if against else rival
    if argument.rival == "angry" and argument.emotion == "sad" and not _is_louder(argument):
        return speaker.say("rival.louder")
    alike = speaker.alike(argument)
    if not alike:
        return ""
    rival = speaker.say("rival.alike", noun=speaker.noun(argument.rival), alike=alike)
    return speaker.say("rival.but" if against else "rival.open", rival=rival, against=against)


def _why(argument: Argument, speaker: _Speaker) -> str:
    """Without a neighbour that sounds alike: that it is most of what is heard, and hardly anything else."""
    if argument.emotion not in ("angry", "sad") or not argument.mostly:
        return ""
    if not argument.heard and not argument.always and argument.has_usual and not argument.doing:
        # That most of it sounds so has been said.
        return speaker.say("against.little.happy" if argument.emotion == "angry" else "against.little.angry")
    return speaker.say(f"why.{argument.emotion}")


def _against(argument: Argument) -> list[str]:
    """Keys of what speaks against the neighbour."""
    if argument.emotion == "angry" and argument.rival == "happy":
        strained = any((cue.name, cue.sign) == ("effort", 1) for cue in argument.heard)
        # One reason: two of them are a clause that nobody reads in three seconds.
        found = ["against.strained"] * strained or ["against.unpleased"] * (argument.relation == "explain")
        return found or ["against.little.happy"] * (not argument.second)
    if argument.emotion == "happy":
        eased = any((cue.name, cue.sign) == ("effort", -1) for cue in argument.heard)
        return ["against.eased"] if eased else ["against.little.angry"] * (not argument.second)
    if argument.emotion == "sad" and argument.rival == "angry":
        return ["against.little.angry"] * (not argument.second)
    return ["against.words"] if argument.relation == "explain" else []


def _is_cold(argument: Argument) -> bool:
    """Anger in a voice that is flatter than usual, which joy is not."""
    flat = any((cue.name, cue.sign) == ("pitch_range", -1) for cue in argument.heard)
    return argument.emotion == "angry" and argument.rival in ("", "happy", "sad") and flat and not argument.even


def _is_louder(argument: Argument) -> bool:
    return any((cue.name, cue.sign) == ("level", 1) for cue in argument.heard)


def _ending(argument: Argument, speaker: _Speaker) -> str:
    """How sure, and what to do."""
    is_idle = argument.relation in ("contradict", "ordinary", "unknown") and not argument.hint
    if argument.advice == "check" and argument.doubt and is_idle and not argument.is_strained:
        return speaker.say("end.check.false")
    names = argument.relation in ("explain", "mixed")
    if argument.advice == "check" and argument.doubt == "neutral" and not argument.moved and names:
        return speaker.say("end.check.words")
    if argument.advice in ("listen", "check"):
        return speaker.say(f"end.{argument.advice}.{argument.certainty}")
    if argument.advice == "watch":
        rising = argument.verdict == "rising"
        return speaker.say(f"end.rising.{argument.certainty}" if rising else "end.watch")
    # "No concern" has been said already, at the beginning.
    return "" if argument.verdict in ("brighter", "dip") else speaker.say("end.none")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
