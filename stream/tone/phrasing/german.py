"""The argument in German."""

from __future__ import annotations

from tonewatch.stream.tone.phrasing.phrasing import Phrasing, graded

_HEADLINES: dict[str, tuple[str, ...]] = {
    "more.angry.since": ("Verärgerter seit {clock}",),
    "more.sad.since": ("Trauriger seit {clock}",),
    "more.angry.than": ("Verärgerter als um {clock}",),
    "more.sad.than": ("Trauriger als um {clock}",),
    "again.angry": ("Wieder verärgert seit {clock}",),
    "again.sad": ("Wieder traurig seit {clock}",),
    "again.none": ("Wieder schlechter seit {clock}",),
    "worse.angry.than": ("Verärgert, und schlechter als um {clock}",),
    "worse.sad.than": ("Traurig, und schlechter als um {clock}",),
    "leaning.angry.since": ("Eher verärgert seit {clock}",),
    "leaning.sad.since": ("Eher traurig seit {clock}",),
    "leaning.angry.than": ("Eher verärgert, und schlechter als um {clock}",),
    "leaning.sad.than": ("Eher traurig, und schlechter als um {clock}",),
    "is.angry.since": ("Verärgert seit {clock}",),
    "is.sad.since": ("Traurig seit {clock}",),
    "still.angry": ("Noch verärgert, wie um {clock}",),
    "still.sad": ("Noch traurig, wie um {clock}",),
    "still.none": ("Nicht besser als um {clock}",),
    "falling.than": ("Besser als um {clock}, aber nicht vorbei",),
    "worse.than": ("Schlechter als um {clock}",),
    "worse.since": ("Schlechter seit {clock}",),
    "unclear.since": ("Unklar seit {clock}",),
    "unclear.than": ("Unklar, verglichen mit {clock}",),
    "doubtful.since": ("Zweifelhaft seit {clock}",),
    "no_worse.since": ("Nicht schlechter seit {clock}",),
    "mixed.since": ("Gemischte Zeichen seit {clock}",),
    "joy_instead.since": ("Eher Freude als Ärger seit {clock}",),
    "back.since": ("Beruhigt seit {clock}",),
    "back.by": ("Beruhigt bis {clock}",),
    "calmer.since": ("Ruhiger seit {clock}, aber noch nicht gelöst",),
    "back.calm": ("Ruhig wie um {clock}, der Alarm ist vorbei",),
    "back.still": ("Weiter ruhig, Alarm vorbei um {clock}",),
    "over.by": ("Alarm vorbei um {clock}, obwohl der Ton noch unter dem üblichen liegt",),
    "over.unknown": ("Alarm vorbei um {clock}",),
    "more.happy.since": ("Fröhlicher seit {clock}{fine}",),
    "is.happy.since": ("Fröhlich seit {clock}{fine}",),
    "brighter.since": ("Heller als sonst seit {clock}{fine}",),
    "brighter.than": ("Heller als um {clock}{fine}",),
    "dip.since": ("Etwas kühler als sonst seit {clock}{fine}",),
    "dip.than": ("Etwas kühler als um {clock}{fine}",),
    "fine": (", kein Grund zur Sorge",),
}

_TOLD: dict[str, tuple[str, ...]] = {
    "told.doing": ("der Anrufer {doing}",),
    "told.doing_only": ("der Anrufer {doing}, auch wenn in der Stimme nichts auffällt",),
    "told.doing_in": ("der Anrufer {doing}, die Stimme ist {voice} als sonst",),
    "told.doing_changed": ("der Anrufer {doing}, und die Stimme ist noch {voice} als da",),
    "told.changed": ("die Stimme ist noch {voice} als da",),
    "told.voice": ("die Stimme ist {voice} als sonst",),
    "told.voice_still": ("die Stimme ist nach wie vor {voice} als sonst",),
    "told.unfit": ("die Stimme ist {voice} als sonst, was nicht zu {noun} passt",),
    "told.distress": ("die Stimme ist {voice} als sonst, wie in Not",),
    "told.hint.angry": ("kein Maß fällt auf, aber etwas Ärger ist zu hören",),
    "told.hint.sad": ("kein Maß fällt auf, aber etwas Trauer ist zu hören",),
    "told.nothing": ("in der Stimme fällt nichts auf",),
    "told.beside.angry": ("etwas Ärger ist zu hören",),
    "told.beside.sad": ("etwas Trauer ist zu hören",),
    "told.most.angry": ("das meiste klingt verärgert, auch wenn kein einzelnes Maß auffällt",),
    "told.most.sad": ("das meiste klingt traurig, auch wenn kein einzelnes Maß auffällt",),
    "told.most.happy": ("das meiste klingt fröhlich, auch wenn kein einzelnes Maß auffällt",),
    "told.sound": ("der Klang der Stimme sagt es, auch wenn kein einzelnes Maß auffällt",),
    "told.always": ("der Anrufer klingt so vom ersten Wort an, eine ruhige Stimme ist nicht bekannt",),
    "told.unknown": ("die eigene Stimme des Anrufers ist noch nicht bekannt",),
    "told.back.one": ("{same} ist wieder wie sonst",),
    "told.back.many": ("{same} sind wieder wie sonst",),
    "told.gone.angry": ("der Ärger ist weg",),
    "told.gone.sad": ("die Trauer ist weg",),
    "told.less.angry": ("weniger Ärger ist zu hören",),
    "told.less.sad": ("weniger Trauer ist zu hören",),
    "told.and": ("{first}, und {second}",),
    "told.though": ("{first}, aber {second}",),
}

_WORDS: dict[str, tuple[str, ...]] = {
    "words.explain": (
        "die Worte erklären es{quote}",
        "Worte und Stimme sagen dasselbe{quote}",
        "das Gesagte nennt den Grund{quote}",
    ),
    "words.problem": (
        "die Worte nennen den Ärger{quote}",
        "das Gesagte erklärt es{quote}",
        "der Ärger steckt auch in den Worten{quote}",
    ),
    "words.worry": (
        "die Worte sprechen mehr von Sorge als von Ärger{quote}",
        "das Gesagte spricht mehr von Sorge als von Ärger{quote}",
        "in den Worten steckt Sorge, mehr als Ärger{quote}",
    ),
    "words.brave": (
        "die Worte sind freundlich{quote}, die Stimme ist traurig, also lässt er es sich vielleicht nicht anmerken",
        "freundliche Worte{quote} in einer traurigen Stimme, vielleicht nur tapfer",
        "was gesagt wird, ist freundlich{quote}, wie es gesagt wird, traurig: vielleicht nur tapfer",
    ),
    "words.contradict": (
        "die Worte sind freundlich{quote}, die Stimme nicht, also sind sie vielleicht nicht so gemeint",
        "freundliche Worte{quote} in einer unfreundlichen Stimme, vielleicht Ironie",
        "was gesagt wird, ist freundlich{quote}, wie es gesagt wird, nicht: vielleicht ironisch",
    ),
    "words.contradict.leaning": (
        "die Worte sind freundlich{quote}, das spricht dagegen",
        "freundliche Worte{quote} sprechen dagegen",
        "das Gesagte ist freundlich{quote}, also steht die Stimme allein",
    ),
    "words.ironic": (
        "das Lob klingt in dieser Stimme ironisch{quote}",
        "das Lob klingt in dieser Stimme nicht ernst gemeint{quote}",
        "solches Lob{quote} klingt in dieser Stimme ironisch",
    ),
    "words.mixed": (
        "der Ärger{quote} steht neben freundlichen Worten, und die Stimme hält es mit ihm",
        "die Stimme hält es mit dem Ärger{quote}, nicht mit den freundlichen Worten",
        "Ärger{quote} und freundliche Worte werden gesagt, und die Stimme passt zum Ärger",
    ),
    "words.beside": (
        "die Worte nennen den Ärger{quote}, neben freundlichen",
        "die Worte nennen den Ärger{quote}, und freundliche stehen daneben",
        "Ärger{quote} und freundliche Worte werden beide gesagt",
    ),
    "words.ordinary": (
        "die Worte sind alltäglich{quote}, also sagt es allein die Stimme",
        "nur die Stimme zeigt es: die Worte sind alltäglich{quote}",
        "die Worte zeigen es nicht{quote}, die Stimme schon",
    ),
    "words.open": (
        "das Gesagte{quote} erklärt es nicht und widerspricht ihm nicht",
        "die Worte lassen es offen{quote}",
        "hier entscheidet die Stimme, die Worte tun es nicht{quote}",
    ),
    "words.unknown": (
        "es wurden keine Worte verstanden, also beruht das allein auf der Stimme",
        "das beruht allein auf der Stimme, denn es wurden keine Worte verstanden",
        "ohne verstandene Worte sagt es nur die Stimme",
    ),
    "calm.friendly": (
        "die Worte sind freundlich{quote}",
        "das Gesagte ist freundlich{quote}",
        "auch die Worte sind freundlich{quote}",
    ),
    "calm.mixed": (
        "die Worte nennen den Ärger noch{quote}, neben freundlichen",
        "freundliche Worte stehen neben dem Ärger{quote}",
        "es gibt freundliche Worte, und den Ärger{quote} noch",
    ),
    "calm.problem": (
        "die Worte nennen den Ärger noch{quote}",
        "der Ärger steckt noch in den Worten{quote}",
        "das Gesagte nennt den Ärger noch{quote}",
    ),
    "calm.ordinary": (
        "die Worte sind alltäglich{quote}",
        "das Gesagte ist alltäglich{quote}",
        "alltägliche Worte{quote}",
    ),
    "calm.open": (
        "das Gesagte{quote} zeigt es nicht, also hebt sich die Stimme",
        "die Worte lassen es offen{quote}, die Stimme hebt sich",
        "es ist die Stimme, die sich hebt, mehr als das Gesagte{quote}",
    ),
    "calm.lifts": (
        "die Worte sind alltäglich{quote}, also hebt sich allein die Stimme",
        "es ist die Stimme, die sich hebt, die Worte sind alltäglich{quote}",
        "alltägliche Worte{quote} in einer helleren Stimme",
    ),
}

_NEUTRAL = "das meiste klingt neutral"
_HAPPY = "das meiste klingt fröhlich"
_LITTLE = "wenig spricht für den Alarm"


def _doubts(most: str, behind: str) -> dict[str, tuple[str, ...]]:
    """By relation; `behind`: what may be behind it where the words speak for the alert."""
    return {
        "explain": (
            f"{most}, aber die Worte nennen den Ärger{{quote}}, also {behind}",
            f"die Worte nennen den Ärger{{quote}}, doch {most}: {behind}",
            f"{behind}: die Worte nennen den Ärger{{quote}}, doch {most}",
        ),
        "contradict": (
            f"{most} und die Worte sind freundlich{{quote}}, also {_LITTLE}",
            f"{_LITTLE}: {most} und die Worte sind freundlich{{quote}}",
            f"freundliche Worte{{quote}}, und {most}: {_LITTLE}",
        ),
        "ironic": (
            f"{most}, aber das Lob könnte ironisch sein{{quote}}",
            f"das Lob könnte ironisch sein{{quote}}, doch {most}",
            f"{most}, nur das Lob fällt auf: es könnte ironisch sein{{quote}}",
        ),
        "mixed": (
            f"{most}, aber die Worte nennen den Ärger{{quote}}, und das Lob daneben könnte ironisch sein",
            f"Ärger{{quote}} und Lob stecken beide in den Worten, und {most}",
            f"neben Ärger{{quote}} ist das Lob vielleicht nicht so gemeint, doch {most}",
        ),
        "ordinary": (
            f"{most} und die Worte sind alltäglich{{quote}}, also {_LITTLE}",
            f"{_LITTLE}: {most} und die Worte sind alltäglich{{quote}}",
            f"alltägliche Worte{{quote}}, und {most}: {_LITTLE}",
        ),
        "open": (
            f"{most}, und das Gesagte{{quote}} erklärt es nicht und widerspricht ihm nicht",
            f"die Worte lassen es offen{{quote}}, und {most}",
            f"{most}, und die Worte lassen es offen{{quote}}",
        ),
        "unknown": (
            f"{most} und es wurden keine Worte verstanden, also {_LITTLE}",
            f"{_LITTLE}: {most} und es wurden keine Worte verstanden",
            f"es wurden keine Worte verstanden und {most}: {_LITTLE}",
        ),
    }


_DOUBTS: dict[str, tuple[str, ...]] = {
    f"doubt.{name}.{relation}": texts
    for name, doubts in (
        ("neutral", _doubts(_NEUTRAL, "vielleicht hält er sich zurück")),
        ("happy", _doubts(_HAPPY, "es muss keine Freude sein")),
    )
    for relation, texts in doubts.items()
}

_DOUBTS["doubt.neutral.told"] = (
    "das meiste klingt neutral, also hält er sich vielleicht zurück",
    "vielleicht hält er sich zurück: das meiste klingt neutral",
    "vielleicht hält er sich zurück, denn das meiste klingt neutral",
)
_DOUBTS["doubt.happy.told"] = (
    "das meiste klingt fröhlich, was zu solchen Worten nicht passt, es muss keine Freude sein",
    "das meiste klingt fröhlich, doch zu Freude passen solche Worte nicht",
    "es muss keine Freude sein: das meiste klingt fröhlich, was zu solchen Worten nicht passt",
)

_DOUBTS["doubt.strained"] = (
    "das meiste klingt fröhlich, aber Freude wäre nicht so angespannt, also hält er sich vielleicht zurück",
    "Freude wäre nicht so angespannt: das meiste klingt fröhlich, doch er hält sich vielleicht zurück",
    "vielleicht hält er sich zurück, denn Freude wäre nicht so angespannt, und das meiste klingt fröhlich",
)

_DOUBTS = graded(
    _DOUBTS,
    ("hint", _LITTLE, "nur etwas {noun} spricht für den Alarm"),
    ("rather", "das meiste klingt", "es klingt am ehesten"),
)

_WHY: dict[str, tuple[str, ...]] = {
    "why.angry": (
        "das meiste klingt verärgert und wenig Freude ist zu hören",
        "wenig Freude ist zu hören, und das meiste klingt verärgert",
        "Ärger ist das meiste, was zu hören ist, und kaum Freude",
    ),
    "why.sad": (
        "das meiste klingt traurig und wenig Ärger ist zu hören",
        "wenig Ärger ist zu hören, und das meiste klingt traurig",
        "Trauer ist das meiste, was zu hören ist, und kaum Ärger",
    ),
    "why.cold": (
        "Freude wäre nicht so monoton, also ist das kalter Ärger",
        "eine so monotone Stimme ist eher kalter Ärger als Freude",
        "das ist kalter Ärger, denn Freude wäre nicht so monoton",
    ),
}

_RIVALS: dict[str, tuple[str, ...]] = {
    "rival.alike": ("{noun} klänge ebenso {alike}",),
    "rival.second": ("{noun} ist dicht dahinter",),
    "rival.even": ("{noun} ist ebenso zu hören",),
    "rival.louder": ("Ärger wäre lauter",),
    "rival.neutral": ("vieles klingt noch neutral",),
    "rival.but": ("{rival}, aber {against}",),
    "rival.open": ("{rival} und ist nicht ausgeschlossen",),
    "against.strained": ("nicht so angespannt",),
    "against.unpleased": ("nichts Gesagtes ist erfreut",),
    "against.little.happy": ("wenig Freude ist zu hören",),
    "against.little.angry": ("wenig Ärger ist zu hören",),
    "against.little.sad": ("wenig Trauer ist zu hören",),
    "against.eased": ("die Stimme ist weniger angespannt",),
    "against.words": ("die Worte entscheiden",),
}

_ENDINGS: dict[str, tuple[str, ...]] = {
    "end.listen.sure": ("Sicher; mithören.", "Mithören; das ist sicher.", "Sicher genug zum Mithören."),
    "end.listen.likely": (
        "Ziemlich sicher; mithören.",
        "Mithören; das ist ziemlich sicher.",
        "Ziemlich sicher, das reicht zum Mithören.",
    ),
    "end.check.sure": (
        "Sicher; kurz hineinhören.",
        "Kurz hineinhören; das ist sicher.",
        "Sicher, also kurz hineinhören.",
    ),
    "end.check.likely": (
        "Ziemlich sicher; kurz hineinhören.",
        "Kurz hineinhören; das ist ziemlich sicher.",
        "Ziemlich sicher, also kurz hineinhören.",
    ),
    "end.check.leaning": (
        "Nicht sicher; kurz hineinhören.",
        "Kurz hineinhören; das ist nicht sicher.",
        "Nicht sicher, also kurz hineinhören.",
    ),
    "end.check.false": (
        "Wohl ein Fehlalarm; kurz hineinhören.",
        "Kurz hineinhören; es ist wohl ein Fehlalarm.",
        "Wohl ein Fehlalarm, kurz hineinhören zeigt es.",
    ),
    "end.check.words": (
        "Nicht sicher, aber das Gesagte ist ein kurzes Hineinhören wert.",
        "Kurz hineinhören wegen des Gesagten, auch wenn das nicht sicher ist.",
        "Nicht sicher; die Worte sind ein kurzes Hineinhören wert.",
    ),
    "end.rising.sure": (
        "Sicher; im Auge behalten.",
        "Im Auge behalten; das ist sicher.",
        "Sicher, also im Auge behalten.",
    ),
    "end.rising.likely": (
        "Ziemlich sicher; im Auge behalten.",
        "Im Auge behalten; das ist ziemlich sicher.",
        "Ziemlich sicher, also im Auge behalten.",
    ),
    "end.rising.leaning": (
        "Nicht sicher; im Auge behalten.",
        "Im Auge behalten; das ist nicht sicher.",
        "Nicht sicher, also im Auge behalten.",
    ),
    "end.watch": ("Im Auge behalten.", "Das sollte man im Auge behalten.", "Weiter beobachten."),
    "end.none": ("Kein Eingreifen nötig.", "Nichts zum Eingreifen.", "Niemand muss eingreifen."),
}

_SUMS: dict[str, tuple[str, ...]] = {
    "sum.from.angry": ("Insgesamt: verärgert ab {clock}",),
    "sum.from.sad": ("Insgesamt: traurig ab {clock}",),
    "sum.worst": ("am schlimmsten um {clock}",),
    "sum.doing": ("der Anrufer {doing}{quote}",),
    "sum.said": ("die Worte nennen den Ärger{quote}",),
    "sum.over": ("vorbei um {clock}",),
    "sum.open": ("am Ende des Anrufs nicht vorbei",),
    "sum.doubted": ("Insgesamt: ein zweifelhafter Moment um {clock}, nichts von Dauer",),
    "sum.bright": ("Insgesamt: ein ruhiger Anruf, heller ab {clock}",),
}

_STAKES: dict[str, tuple[str, ...]] = {
    "stake.leaving": ("dieser Kunde geht vielleicht verloren",),
    "stake.distress": ("dieser Anrufer braucht vielleicht Hilfe",),
}
"""What it means for the call."""

_OTHERS: dict[str, tuple[str, ...]] = {
    "turned": ("Die Worte sind {manners} seit {clock}",),
    "turned.flat": ("; die Stimme bleibt flach",),
    "turned.agrees": ("; die Stimme stimmt überein",),
    "turned.quote": (": „{words}“",),
    "silence": ("Seit {seconds} s spricht niemand.",),
    "interruptions": ("{count} Unterbrechungen innerhalb von {seconds} s: {shares}.",),
    "by.agent": ("{count} vom Agenten",),
    "by.caller": ("{count} vom Anrufer",),
}
"""Alerts of which the voice is not the reason."""

GERMAN_PHRASING = Phrasing(
    code="de",
    texts={**_HEADLINES, **_TOLD, **_WORDS, **_DOUBTS, **_WHY, **_RIVALS, **_ENDINGS, **_SUMS, **_STAKES, **_OTHERS},
    voice={
        ("level", 1): "lauter",
        ("level", -1): "leiser",
        ("pitch", 1): "höher",
        ("pitch", -1): "tiefer",
        ("pitch_range", 1): "lebhafter",
        ("pitch_range", -1): "monotoner",
        ("effort", 1): "angespannter",
        ("effort", -1): "weniger angespannt",
        ("rate", 1): "schneller",
        ("rate", -1): "langsamer",
        ("pauses", 1): "stockender",
        ("pauses", -1): "weniger stockend",
        ("stress", 1): "nachdrücklicher",
        ("stress", -1): "weniger nachdrücklich",
    },
    alike={
        ("level", 1): "laut",
        ("pitch", 1): "hoch",
        ("level", -1): "leise",
        ("rate", -1): "langsam",
        ("pitch_range", -1): "monoton",
        ("pitch", -1): "tief",
    },
    nouns={"happy": "Freude", "angry": "Ärger", "sad": "Trauer", "tired": "Müdigkeit"},
    does={
        "over_caller": "fällt dem Agenten ins Wort",
        "over_agent": "wird vom Agenten unterbrochen",
        "over_both": "spricht zugleich mit dem Agenten",
        "overloads": "ist so laut, dass die Leitung übersteuert",
        "repeats": "wiederholt dieselben Worte",
        "complaint": "beschwert sich",
        "again": "sagt, es sei nicht das erste Mal",
        "complaint_again": "beschwert sich, und nicht zum ersten Mal",
        "let_down": "klagt, im Stich gelassen zu sein",
        "leaving": "droht zu kündigen",
        "escalation": "will damit höher gehen",
        "swearing": "flucht",
        "distress": "spricht von Not",
        "relief": "spricht herzlich",
        "falls_silent": "verstummt nach dem Agenten",
        "one_word": "antwortet mit einem Wort",
        "laughs": "lacht",
    },
    same={"level": "Lautstärke", "effort": "Anspannung", "pitch": "Tonhöhe", "rate": "Tempo"},
    manners={
        "cold": "kalt",
        "sarcastic": "sarkastisch",
        "resigned": "resigniert",
        "insistent": "beharrlich",
        "threatening": "drohend",
    },
    quote=" („{words}“)",
    much="deutlich {word}",
    but=", aber {word}",
    last=" und ",
)
