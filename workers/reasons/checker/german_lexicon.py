"""German words that describe a voice: the measurement each is about, and its direction.

As `lexicon.py`: patterns are tried in their order; where two overlap, the earlier one wins.
"""

from __future__ import annotations

from tonewatch.workers.reasons.checker.lexicon import CHANGED, Pattern, pattern


def _adj(*stems: str) -> str:
    """Adjectives as they are declined: "lauter", "lauterer Stimme", "lauteren"."""
    return rf"(?:{'|'.join(stems)})(?:e[nmrs]?)?"


_AGENT = r"(?:de[mnr] |vom |einem )?(?:agenten|agentin|mitarbeiter(?:in)?|berater(?:in)?)"
_PAUSES = r"(?:sprech)?pausen?|stille|lücken|zögern"
_SYLLABLES = r"(?:silben|wörter|worte)"
_LIVELY = _adj("lebhaft", "lebendig", "ausdrucksvoll", "melodisch", "abwechslungsreich")
_LIVELIER = _adj("lebhafter", "lebendiger", "ausdrucksvoller", "melodischer", "abwechslungsreicher")
_MONOTONE = _adj("monoton", "eintönig", "flach")
_STRAINED = _adj("angespannt", "gepresst", "gepreßt", "angestrengt", "verkrampft", "scharf")
_USUAL = r"(?:sonst|üblich|gewöhnlich|gewohnt|normal|zuvor|vorher|bisher|am anfang|immer)"
_WORDS_ARE = r"(?:worte|wörter) (?:sind|waren|klingen|bleiben)"
_FRIENDLY = _adj("freundlich", "höflich", "nett", "dankbar", "warm", "herzlich")
_CRITICAL = _adj("kritisch", "klagend", "bitter", "unzufrieden", "vorwurfsvoll")
_PLAIN = _adj("schlicht", "sachlich", "nüchtern", "neutral")

GERMAN_ARGUED: tuple[Pattern, ...] = (
    pattern("said", r"sagt, es sei nicht das erste mal|nicht zum ersten mal|nicht das erste mal", "again"),
    pattern("said", r"klagt, im stich gelassen (?:zu sein|worden zu sein)|fühlt sich im stich gelassen", "again"),
    pattern("said", r"droht(?: damit)?,? zu (?:kündigen|gehen|wechseln)|droht mit (?:der )?kündigung", "leaving"),
    pattern(
        "said",
        r"will damit höher gehen|(?:verlangt|fragt|bittet)(?: nach| um)? (?:einen?|dem|den|der|die)? ?"
        r"(?:vorgesetzten?|chef(?:in)?|leiter(?:in)?)",
        "escalation",
    ),
    pattern("said", r"flucht|schimpft", "swearing"),
    pattern("said", r"spricht von not", "distress"),
    pattern("said", r"spricht (?:herzlich|warm)", "relief"),
    pattern("falls_silent", rf"verstummt(?: nach {_AGENT})?"),
    pattern("one_word", r"antwortet mit einem wort|antwortet einsilbig"),
    pattern("laughs", r"lacht|lachte|lachen|gelächter"),
    pattern("repeats", r"wiederholt (?:dieselben worte|sich|die gleichen worte)"),
    pattern("overload", r"ist so laut, dass die leitung übersteuert|die leitung übersteuert"),
    pattern(
        "talked_over",
        rf"wird (?:von|vom) ?{_AGENT} unterbrochen|(?:der agent|die agentin) (?:fällt (?:dem anrufer|ihm|ihr) ins wort"
        r"|unterbricht (?:den anrufer|ihn|sie))",
    ),
    pattern("unheard", r"es wurden keine worte verstanden|keine worte (?:wurden )?verstanden"),
    pattern("mixed", r"die worte gehen in beide richtungen"),
    pattern("certainty", r"ziemlich sicher", sign=1),
    pattern("certainty", r"nicht sicher|unsicher|unklar|zweifelhaft", sign=0),
    pattern("certainty", r"sicher", sign=2),
    pattern("advice", r"mithören", sign=2),
    pattern("advice", r"kurz hineinhören|im auge behalten|weiter beobachten", sign=1),
    pattern("advice", r"kein eingreifen nötig|kein grund zur sorge|niemand muss eingreifen", sign=0),
    pattern("recovered", r"^beruhigt"),
    pattern("tone", r"stimmung (?:ist |bleibt )?(?:gleich|unverändert)", "tone", sign=0),
    pattern("tone", _adj("kühler"), "tone", sign=-1),
    pattern("tone", _adj("heller"), "tone", sign=1),
)
"""What a model may say like the realiser."""

GERMAN_MARKS: tuple[Pattern, ...] = (
    pattern(
        "talk_over",
        rf"(?:fällt|fiel)(?: \w+){{0,2}} {_AGENT} ins wort|ins wort (?:gefallen|fallen)|unterbricht {_AGENT}"
        rf"|unterbrach {_AGENT}|spricht (?:zugleich|gleichzeitig) mit {_AGENT}"
        r"|(?:beide )?sprechen (?:zugleich|gleichzeitig)"
        r"|reden durcheinander|redet dazwischen|überlappung(?:en)?",
        "talk_over",
    ),
    pattern(
        "fit",
        r"(?:die )?worte und (?:die )?stimme (?:widersprechen sich|passen nicht zusammen|stimmen nicht überein)"
        r"|(?:die )?worte (?:widersprechen|passen nicht zu) (?:der|zur) stimme",
        sign=-1,
    ),
    pattern(
        "fit",
        r"(?:die )?worte und (?:die )?stimme (?:passen zusammen|stimmen überein)"
        r"|(?:die )?worte passen zur stimme|(?:die )?stimme passt zu (?:den|seinen|ihren) worten",
        sign=1,
    ),
    pattern("words", rf"{_FRIENDLY} worte|{_WORDS_ARE} {_FRIENDLY}|bedankt sich|lobt", sign=1),
    pattern("words", rf"{_CRITICAL} worte|{_WORDS_ARE} {_CRITICAL}|beschwert sich|beklagt sich|klagt", sign=-1),
    pattern("words", rf"{_PLAIN} worte|{_WORDS_ARE} {_PLAIN}", sign=0),
    pattern("tone", r"verschlechtert|verschlechterung|schlechter|schlimmer|negativer|kippt", "tone", sign=-1),
    pattern("tone", r"verbessert|verbesserung|besser|erholt|positiver|hellt(?: sich)? auf", "tone", sign=1),
    # Words that carry both the measurement and the direction; "weniger" before what it turns round.
    pattern("direction", rf"weniger {_LIVELY}|weniger (?:melodie|variation)", "pitch_range", sign=-1),
    pattern("direction", rf"weniger {_MONOTONE}", "pitch_range", sign=1),
    pattern("direction", _adj("monotoner", "eintöniger", "flacher") + rf"|{_MONOTONE}", "pitch_range", sign=-1),
    pattern("direction", rf"{_LIVELIER}|{_LIVELY}|mehr melodie", "pitch_range", sign=1),
    pattern("direction", r"schreit|schrie|brüllt|brüllte|schreien|gebrüll", "level", sign=1, strength=2.0),
    pattern("direction", r"flüstert|flüsterte|kaum hörbar", "level", sign=-1, strength=2.0),
    pattern(
        "direction",
        rf"weniger laut|{_adj('leiser', 'leise', 'gedämpfter', 'gedämpft')}|senkt die stimme",
        "level",
        sign=-1,
    ),
    pattern(
        "direction", rf"weniger leise|{_adj('lauter', 'laut')}|hebt die stimme|erhobene[rn]? stimme", "level", sign=1
    ),
    pattern("direction", _adj("schriller", "schrill"), "pitch", sign=1),
    pattern("direction", rf"weniger (?:schnell|hastig|eilig)|{_adj('langsamer', 'langsam')}", "rate", sign=-1),
    pattern(
        "direction",
        rf"{_adj('schneller', 'schnell', 'hastiger', 'hastig', 'eiliger', 'eilig')}|beschleunigt",
        "rate",
        sign=1,
    ),
    pattern(
        "direction",
        rf"(?:weniger|kürzere|seltenere|kaum|keine|ohne) (?:lange )?(?:{_PAUSES})|weniger {_adj('stockend', 'zögernd')}"
        r"|weniger zögerlich(?:e[nmrs]?)?",
        "pauses",
        sign=-1,
    ),
    pattern(
        "direction",
        rf"(?:mehr|längere[rn]?|häufigere|lange|viele) (?:lange )?(?:{_PAUSES})"
        rf"|{_adj('stockender', 'stockend', 'zögernder', 'zögernd', 'zögerlicher', 'zögerlich')}"
        r"|stockt|zögert(?: mehr)?",
        "pauses",
        sign=1,
    ),
    pattern(
        "direction",
        rf"weniger (?:betonte {_SYLLABLES}|betonungen?|{_adj('nachdrücklich', 'betont')})|betont weniger",
        "stress",
        sign=-1,
    ),
    pattern(
        "direction",
        rf"mehr (?:betonte {_SYLLABLES}|betonungen?)|{_adj('nachdrücklicher', 'nachdrücklich', 'betonter')}"
        r"|betont mehr",
        "stress",
        sign=1,
    ),
    pattern(
        "direction",
        rf"weniger {_STRAINED}|weniger anspannung|{_adj('entspannter', 'entspannt', 'lockerer')}",
        "effort",
        sign=-1,
    ),
    pattern(
        "direction",
        _adj("angespannter", "gepresster", "angestrengter", "verkrampfter", "schärfer")
        + rf"|{_STRAINED}|mehr anspannung",
        "effort",
        sign=1,
    ),
    # Emotions: sign 0 asserts one, +1 and -1 compare it with the caller's usual.
    pattern(
        "emotion",
        _adj("verärgerter", "wütender", "ärgerlicher", "zorniger", "gereizter", "aufgebrachter"),
        "angry",
        sign=1,
    ),
    pattern("emotion", _adj("fröhlicher", "heiterer", "glücklicher", "froher", "freudiger"), "happy", sign=1),
    pattern("emotion", _adj("trauriger", "betrübter", "niedergeschlagener"), "sad", sign=1),
    pattern("emotion", rf"{_adj('ruhiger', 'gelassener')}|beruhigt sich", "angry", sign=-1),
    pattern("emotion", _adj("außer sich", "rasend", "stinkwütend"), "angry", strength=2.0),
    pattern("emotion", _adj("begeistert", "überglücklich"), "happy", strength=2.0),
    pattern("emotion", _adj("verstimmt", "unzufrieden", "negativ"), "angry", "sad"),
    pattern(
        "emotion",
        rf"{_adj('verärgert', 'wütend', 'ärgerlich', 'zornig', 'gereizt', 'genervt', 'aufgebracht', 'empört')}"
        rf"|{_adj('aggressiv', 'frustriert')}|ärgers?|wut|zorn|sauer|gereiztheit",
        "angry",
    ),
    pattern(
        "emotion",
        rf"{_adj('unglücklich', 'traurig', 'betrübt', 'niedergeschlagen', 'enttäuscht')}"
        r"|trauer|traurigkeit|enttäuschung",
        "sad",
    ),
    pattern(
        "emotion",
        rf"{_adj('fröhlich', 'heiter', 'glücklich', 'erfreut', 'freudig', 'positiv')}|froh|freude|fröhlichkeit",
        "happy",
    ),
    pattern("emotion", _adj("neutral", "ruhig", "gelassen", "gefasst", "ausgeglichen"), "neutral"),
    pattern("negation", r"nicht mehr|nicht|kein(?:e[nmrs]?)?|niemals|nie|ohne|weder|kaum|nichts"),
    # Measurements.
    pattern("noun", r"tonumfang|stimmumfang|melodie|intonation|tonhöhenumfang|sprachmelodie", "pitch_range"),
    pattern("noun", r"tonhöhe|stimmhöhe|stimmlage|grundfrequenz|f0", "pitch"),
    pattern("noun", r"lautstärke|pegel|intensität|lautheit", "level"),
    pattern("noun", r"anspannung|stimmanstrengung|anstrengung|stimmaufwand|druck", "effort"),
    pattern("noun", r"tempo|sprechtempo|geschwindigkeit|sprechgeschwindigkeit|silbenrate|sprechrate", "rate"),
    pattern("noun", rf"{_PAUSES}|pausenanteil|anteil der pausen", "pauses"),
    pattern("noun", r"betonung(?:en)?|wortbetonung|nachdruck", "stress"),
    pattern("noun", r"(?:tons?|stimmung)", "tone"),
    # What it is compared with.
    pattern(
        "reference",
        rf"als (?:es )?(?:für (?:ihn|sie|den anrufer) )?{_USUAL}(?: ist)?"
        r"|(?:gegenüber|verglichen mit|im vergleich zu|im vergleich zum) (?:sonst|dem üblichen|üblichen|früher|vorher)"
        r"|für (?:diesen anrufer|seine verhältnisse|ihre verhältnisse)",
    ),
    # A direction whose measurement is named elsewhere.
    pattern("change", r"(?:über|oberhalb) (?:dem|des|seinem|ihrem) (?:üblichen|gewohnten|normalen)", sign=1),
    pattern("change", r"(?:unter|unterhalb) (?:dem|des|seinem|ihrem) (?:üblichen|gewohnten|normalen)", sign=-1),
    pattern("change", rf"(?:wieder )?wie {_USUAL}|wieder beim üblichen|beim üblichen|am üblichen", sign=0),
    pattern(
        "change", r"unverändert|gleich(?:bleibend|geblieben)?|stabil|konstant|normal|üblich|derselbe|dieselbe", sign=0
    ),
    pattern(
        "change",
        r"(?:ver)?änder(?:t|te|n)(?: sich)?|geändert|verändert|unterschied(?:e|lich)?"
        r"|änderung(?:en)?|veränderung(?:en)?"
        r"|anders|schwankt",
        sign=CHANGED,
    ),
    pattern(
        "change",
        r"mehr|"
        + _adj("höher", "größer", "stärker", "weiter", "breiter")
        + r"|höchste[nrs]?|hoch|hohe[nrms]?|steigt(?: an)?|stieg(?: an)?|gestiegen|angestiegen|steigen"
        r"|erhöht(?: sich)?|gewachsen"
        r"|wächst|nimmt(?: \w+){0,2} zu|zugenommen|zu(?=genommen)|anstieg",
        sign=1,
    ),
    pattern(
        "change",
        r"weniger|"
        + _adj("niedriger", "geringer", "kleiner", "schwächer", "enger", "tiefer")
        + r"|tief|niedrig|sinkt(?: ab)?|sank|gesunken|sinken|fällt(?! (?:nichts |nicht |kaum )?auf)|fiel|gefallen"
        r"|nimmt(?: \w+){0,2} ab|abgenommen|verringert|gesenkt|rückgang",
        sign=-1,
    ),
    pattern("strength", r"eher|etwas|leicht|ein wenig|ein bisschen|geringfügig|minimal|eine spur", strength=0.5),
    pattern(
        "strength",
        r"deutlich(?:e[nmrs]?)?|viel|sehr|stark|erheblich|klar|merklich|weitaus|wesentlich|drastisch",
        strength=2.0,
    ),
)
"""All marks, in order of precedence."""
