"""How the argument reads German."""

from __future__ import annotations

from tonewatch.stream.tone.reading.reading import Reading

_ZEIT = r"(?:minuten?|stunden?|tag(?:e|en)?|nächte|wochen?|monat(?:e|en)?|jahr(?:e|en)?)"

READS_GERMAN = Reading(
    code="de",
    repeats=(
        r"(?:zweite[ns]?|dritte[ns]?|vierte[ns]?|fünfte[ns]?|zehnte[ns]?|\d+\.) (?:mal|anruf|brief)|wieder",
        r"mehrmals|mehrfach|\w+mal|wie oft|bereits gesagt|schon gesagt|immer (?:noch|wieder)",
    ),
    problem=(
        r"falsch\w*|kaputt\w*|defekt\w*|verloren|ruiniert|tot|schlimmer|abgelehnt|verweigert|undicht|schimmel|feucht",
        r"zu spät|verspät\w+|problem\w*|ärger|fehler\w*|schaden|beschädigt|storniert|ausgefallen|gestört|störung",
        rf"seit (?:\w+ )?(?:{_ZEIT}|gestern|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)|schon wieder",
        r"niemand|keiner|nichts|nie(?:mals)?|nicht (?:einmal|mehr|da|richtig|wahr)|immer noch|noch immer|warteschleife",
        r"(?:kann|konnte|will|wollte|geht|ging|funktioniert|kommt|kam|stimmt|hilft) (?:\w+ ){0,2}nicht",
        r"warte(?:n|t)?|muss(?:te)? ich|warum|wieso|sie haben (?:gesagt|mir|uns|versprochen|den|die|das)",
        r"nirgends|(?:soll|sollte) (?:\w+ ){1,3}(?:sein|werden)|besorgt",
        r"angst|allein(?:e)?|müde|krank|schmerzen|leider|geweint|gestorben|helfen sie mir|geld zurück|beschwer\w*",
    ),
    warm=(
        r"danke\w*|dankbar|vielen dank|toll|super|prima|perfekt|wunderbar|großartig|ausgezeichnet|herrlich|schön",
        r"nett(?:er|es|e)?|freundlich|freue?n?|gefreut|froh|glücklich|erleichtert|geholfen|gerettet|viel besser",
    ),
    wry=(
        r"(?:toll|super|prima|wunderbar|großartig|herrlich), (?:also|dann|und (?:ich|wir|mein\w*|jetzt)|noch ein\w*)",
        r"danke für nichts",
    ),
    personal=(r"ich|wir|mich|mir|uns|mein\w*|unser\w*|sie|ihnen|ihr\w*",),
    ordinary=(
        r"(?:können|könnten|würden|dürfen|kann|könnte|darf|soll(?:te)?|muss) (?:sie|ich|wir|man|das|es|er)",
        r"(?:ist|sind|war|hat|haben|gibt|gilt) (?:es|das|der|die|den|dem|ein|eine|mein|meine|ich|wir|sie)",
        r"(?:was|welche[rsn]?|wann|wo|wer|wie|wohin|woher)(?: ist| sind| lange| viel| viele| weit)?",
        r"ich (?:möchte|hätte gern|würde gern|brauche|rufe an)|(?:die|meine|der|mein) (?:\w+ )?(?:nummer|adresse|name)",
        r"einen moment|es (?:ist|geht) (?:für|um)",
    ),
    openings=frozenset(["und", "aber", "also", "nun", "na", "ja", "nein", "ach", "oh", "dann", "so", "gut"]),
    dangling=frozenset(
        [
            "der",
            "die",
            "das",
            "den",
            "dem",
            "ein",
            "eine",
            "einen",
            "und",
            "oder",
            "aber",
            "von",
            "mit",
            "zu",
            "für",
            "ich",
        ]
    ),
)
