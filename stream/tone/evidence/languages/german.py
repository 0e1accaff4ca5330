"""What callers say in German that speaks of their tone."""

from __future__ import annotations

from tonewatch.stream.tone.evidence.languages.language import Language

GERMAN = Language(
    code="de",
    patterns={
        "complaint": (
            r"beschwer\w*|reklamation\w*|unverschämt\w*|unverschämtheit|frechheit|inakzeptabel|nicht akzeptabel",
            r"unfassbar|lächerlich|katastrophe|katastrophal|zumutung|unmöglich(?:er|es)? (?:service|zustand|verhalten)",
            r"(?:schnauze|nase) voll|(?:es|mir|jetzt) reicht(?:'s| es)?(?: mir)?|genug davon",
            r"funktioniert (?:immer noch |noch immer |schon wieder |wieder )?nicht",
            r"geht (?:immer noch|noch immer|schon wieder|wieder) nicht",
            r"(?:bin|sehr|so|wirklich) (?:sehr |so |wirklich )?(?:verärgert|wütend|sauer|enttäuscht)",
        ),
        "again": (
            r"zum (?:zweiten|dritten|vierten|fünften|zehnten|x-ten|hundertsten|wiederholten|\d+\.) mal",
            r"schon wieder|immer wieder|wie oft (?:noch|soll|muss)",
            r"(?:mehrmals|mehrfach|drei ?mal|vier ?mal|fünf ?mal) angerufen",
            r"(?:niemand|keiner) (?:ruft|hilft|meldet|antwortet|geht ran|kümmert)",
            r"warte (?:ich )?(?:schon|immer noch|noch immer|seit)",
        ),
        "leaving": (
            r"kündig(?:e|en|ung)|gekündigt|vertrag (?:auflösen|beenden|widerrufen)",
            r"(?:anbieter|bank|versicherung) wechseln|wechsle (?:den|die|zu)|zur konkurrenz|mein geld zurück",
        ),
        "escalation": (
            r"(?:ihren|ihrem|einen|einem|den|dem) (?:vorgesetzten|chef|teamleiter|geschäftsführer)",
            r"anwalt|anwältin|verklagen?|vor gericht|verbraucherzentrale|ombudsmann|rechtliche schritte",
        ),
        "swearing": (
            r"schei(?:ß|ss)\w*|verdammt\w*|verflucht\w*|verfickt\w*|zum teufel|so ein mist|arschl\w+|idiot(?:en)?",
        ),
        "distress": (
            r"verzweifel\w*|hilflos|hoffnungslos|(?:ich )?kann nicht mehr|(?:große|solche|so viel) angst",
            r"wei(?:ß|ss) nicht (?:mehr )?(?:weiter|was ich (?:tun|machen) soll)|bitte helfen sie mir|ich flehe sie an",
        ),
        "relief": (
            r"(?:vielen|herzlichen|besten|tausend) (?:lieben |herzlichen )?dank|danke (?:sehr|schön|vielmals|ihnen)",
            r"wunderbar|großartig|ausgezeichnet|erleichter(?:t|ung)",
            r"(?:sehr|wirklich) geholfen|hilft mir (?:sehr|weiter)",
            r"(?:funktioniert|klappt) (?:es )?(?:jetzt|wieder)",
        ),
    },
    negations=frozenset({"nicht", "nie", "niemals", "kein", "keine", "keinen", "keiner", "keinem", "ohne", "weder"}),
    negations_after=frozenset({"nicht"}),
    boundaries=frozenset({"aber", "sondern", "weil", "denn", "wenn", "dann"}),
)
