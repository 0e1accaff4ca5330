"""The argument in English."""

from __future__ import annotations

from tonewatch.stream.tone.phrasing.phrasing import Phrasing, graded

_HEADLINES: dict[str, tuple[str, ...]] = {
    "more.angry.since": ("Angrier since {clock}",),
    "more.sad.since": ("Sadder since {clock}",),
    "more.angry.than": ("Angrier than at {clock}",),
    "more.sad.than": ("Sadder than at {clock}",),
    "again.angry": ("Angry again since {clock}",),
    "again.sad": ("Sad again since {clock}",),
    "again.none": ("Worse again since {clock}",),
    "worse.angry.than": ("Angry, and worse than at {clock}",),
    "worse.sad.than": ("Sad, and worse than at {clock}",),
    "leaning.angry.since": ("Leaning angry since {clock}",),
    "leaning.sad.since": ("Leaning sad since {clock}",),
    "leaning.angry.than": ("Leaning angry, and worse than at {clock}",),
    "leaning.sad.than": ("Leaning sad, and worse than at {clock}",),
    "is.angry.since": ("Angry since {clock}",),
    "is.sad.since": ("Sad since {clock}",),
    "still.angry": ("Still angry, as at {clock}",),
    "still.sad": ("Still sad, as at {clock}",),
    "still.none": ("No better than at {clock}",),
    "falling.than": ("Better than at {clock}, but not over",),
    "worse.than": ("Worse than at {clock}",),
    "worse.since": ("Worse since {clock}",),
    "unclear.since": ("Unclear since {clock}",),
    "unclear.than": ("Unclear, beside {clock}",),
    "doubtful.since": ("Doubtful since {clock}",),
    "no_worse.since": ("No worse since {clock}",),
    "mixed.since": ("Mixed signals since {clock}",),
    "joy_instead.since": ("Joy rather than anger since {clock}",),
    "back.since": ("Calmed down since {clock}",),
    "back.by": ("Calmed down by {clock}",),
    "calmer.since": ("Calmer since {clock}, but not settled",),
    "back.calm": ("Calm as at {clock}, so the alert is over",),
    "back.still": ("Still calm, alert over by {clock}",),
    "over.by": ("Alert over by {clock}, though the tone is still below usual",),
    "over.unknown": ("Alert over by {clock}",),
    "more.happy.since": ("Happier since {clock}{fine}",),
    "is.happy.since": ("Happy since {clock}{fine}",),
    "brighter.since": ("Brighter than usual since {clock}{fine}",),
    "brighter.than": ("Brighter than at {clock}{fine}",),
    "dip.since": ("A little cooler than usual since {clock}{fine}",),
    "dip.than": ("A little cooler than at {clock}{fine}",),
    "fine": (", no concern",),
}

_TOLD: dict[str, tuple[str, ...]] = {
    "told.doing": ("the caller {doing}",),
    "told.doing_only": ("the caller {doing}, though nothing in the voice stands out",),
    "told.doing_in": ("the caller {doing}, in a {voice} voice than usual",),
    "told.doing_changed": ("the caller {doing}, and the voice is even {voice} than then",),
    "told.changed": ("the voice is even {voice} than then",),
    "told.voice": ("the voice is {voice} than usual",),
    "told.voice_still": ("the voice is still {voice} than usual",),
    "told.unfit": ("the voice is {voice} than usual, which does not fit {noun}",),
    "told.distress": ("the voice is {voice} than usual, as in distress",),
    "told.hint.angry": ("no measurement stands out, but some anger is heard",),
    "told.hint.sad": ("no measurement stands out, but some sadness is heard",),
    "told.beside.angry": ("some anger is heard",),
    "told.beside.sad": ("some sadness is heard",),
    "told.nothing": ("nothing in the voice stands out",),
    "told.most.angry": ("most of it sounds angry, though no single measurement stands out",),
    "told.most.sad": ("most of it sounds sad, though no single measurement stands out",),
    "told.most.happy": ("most of it sounds happy, though no single measurement stands out",),
    "told.sound": ("the sound of the voice tells it, though no single measurement stands out",),
    "told.always": ("this caller has sounded so from the first word, so no calm voice is known",),
    "told.unknown": ("the caller's own voice is not known yet",),
    "told.back.one": ("{same} is back at this caller's usual",),
    "told.back.many": ("{same} are back at this caller's usual",),
    "told.gone.angry": ("the anger is gone",),
    "told.gone.sad": ("the sadness is gone",),
    "told.less.angry": ("less anger is heard",),
    "told.less.sad": ("less sadness is heard",),
    "told.and": ("{first}, and {second}",),
    "told.though": ("{first}, though {second}",),
}

_WORDS: dict[str, tuple[str, ...]] = {
    "words.explain": (
        "the words explain it{quote}",
        "words and voice say the same{quote}",
        "what is said gives the reason{quote}",
    ),
    "words.problem": (
        "the words name the trouble{quote}",
        "what is said explains it{quote}",
        "the trouble is in the words too{quote}",
    ),
    "words.worry": (
        "the words tell of worry more than of anger{quote}",
        "what is said tells of worry more than of anger{quote}",
        "worry is in the words, more than anger{quote}",
    ),
    "words.brave": (
        "the words are friendly{quote}, but the voice is sad, so the caller may be putting on a brave face",
        "friendly words{quote} in a sad voice, which may be a brave face",
        "what is said is friendly{quote}, how it is said is sad: it may be a brave face",
    ),
    "words.contradict": (
        "the words are friendly{quote}, the voice is not, so they may not be meant",
        "friendly words{quote} in an unfriendly voice, which may be irony",
        "what is said is friendly{quote}, how it is said is not: it may be ironic",
    ),
    "words.contradict.leaning": (
        "the words are friendly{quote}, which speaks against it",
        "friendly words{quote} speak against it",
        "what is said is friendly{quote}, so the voice stands alone",
    ),
    "words.ironic": (
        "the praise sounds ironic in this voice{quote}",
        "the praise does not sound meant in this voice{quote}",
        "such praise{quote} sounds ironic in this voice",
    ),
    "words.mixed": (
        "the trouble{quote} stands beside friendly words, and the voice sides with it",
        "the voice sides with the trouble{quote}, not with the friendly words",
        "trouble{quote} and friendly words are both said, and the voice fits the trouble",
    ),
    "words.beside": (
        "the words name the trouble{quote}, beside friendly ones",
        "the words name the trouble{quote}, and friendly words stand beside it",
        "trouble{quote} and friendly words are both said",
    ),
    "words.ordinary": (
        "the words are ordinary{quote}, so the voice alone tells it",
        "only the voice shows it: the words are ordinary{quote}",
        "the words do not show it{quote}, the voice does",
    ),
    "words.open": (
        "what is said{quote} neither explains nor denies it",
        "the words leave it open{quote}",
        "the voice decides here, the words do not{quote}",
    ),
    "words.unknown": (
        "no words were understood, so this rests on the voice alone",
        "this rests on the voice alone, as no words were understood",
        "without words that were understood, only the voice tells",
    ),
    "calm.friendly": ("the words are friendly{quote}", "what is said is friendly{quote}", "friendly words too{quote}"),
    "calm.mixed": (
        "the words still name the trouble{quote}, beside friendly ones",
        "friendly words stand beside the trouble{quote}",
        "there are friendly words, and the trouble{quote} still",
    ),
    "calm.problem": (
        "the words still name the trouble{quote}",
        "the trouble is still in the words{quote}",
        "what is said still names the trouble{quote}",
    ),
    "calm.ordinary": ("the words are ordinary{quote}", "what is said is ordinary{quote}", "ordinary words{quote}"),
    "calm.open": (
        "what is said{quote} does not show it, so it is the voice that lifts",
        "the words leave it open{quote}, the voice lifts",
        "it is the voice that lifts, more than what is said{quote}",
    ),
    "calm.lifts": (
        "the words are ordinary{quote}, so it is the voice that lifts",
        "it is the voice that lifts, the words are ordinary{quote}",
        "ordinary words{quote} in a lighter voice",
    ),
}

_DOUBTS: dict[str, tuple[str, ...]] = {
    "doubt.neutral.explain": (
        "most of it sounds neutral, but the words name the trouble{quote}, so the caller may be holding back",
        "the words name the trouble{quote}, yet most of it sounds neutral: the caller may be holding back",
        "the caller may be holding back: the words name the trouble{quote}, while most of it sounds neutral",
    ),
    "doubt.neutral.contradict": (
        "most of it sounds neutral and the words are friendly{quote}, so little speaks for the alert",
        "little speaks for the alert: most of it sounds neutral and the words are friendly{quote}",
        "friendly words{quote}, and most of it sounds neutral: little speaks for the alert",
    ),
    "doubt.neutral.ironic": (
        "most of it sounds neutral, but the praise may be ironic{quote}",
        "the praise may be ironic{quote}, though most of it sounds neutral",
        "most of it sounds neutral, so only the praise is odd: it may be ironic{quote}",
    ),
    "doubt.neutral.mixed": (
        "most of it sounds neutral, but the words name the trouble{quote}, and the praise beside it may be ironic",
        "trouble{quote} and praise are both in the words, and most of it sounds neutral",
        "with trouble{quote} beside it the praise may not be meant, though most of it sounds neutral",
    ),
    "doubt.neutral.ordinary": (
        "most of it sounds neutral and the words are ordinary{quote}, so little speaks for the alert",
        "little speaks for the alert: most of it sounds neutral and the words are ordinary{quote}",
        "ordinary words{quote}, and most of it sounds neutral: little speaks for the alert",
    ),
    "doubt.neutral.open": (
        "most of it sounds neutral, and what is said{quote} neither explains nor denies it",
        "the words leave it open{quote}, and most of it sounds neutral",
        "most of it sounds neutral, and the words leave it open{quote}",
    ),
    "doubt.neutral.unknown": (
        "most of it sounds neutral and no words were understood, so little speaks for the alert",
        "little speaks for the alert: most of it sounds neutral and no words were understood",
        "no words were understood and most of it sounds neutral: little speaks for the alert",
    ),
    "doubt.happy.explain": (
        "most of it sounds happy, but the words name the trouble{quote}, so it may not be joy",
        "the words name the trouble{quote}, and though most of it sounds happy, it may not be joy",
        "it may not be joy: most of it sounds happy, but the words name the trouble{quote}",
    ),
    "doubt.happy.contradict": (
        "most of it sounds happy and the words are friendly{quote}, so little speaks for the alert",
        "little speaks for the alert: most of it sounds happy and the words are friendly{quote}",
        "friendly words{quote}, and most of it sounds happy: little speaks for the alert",
    ),
    "doubt.happy.ironic": (
        "most of it sounds happy, but the praise may be ironic{quote}, so it may not be joy",
        "the praise may be ironic{quote}, and though most of it sounds happy, it may not be joy",
        "it may not be joy: most of it sounds happy, but the praise may be ironic{quote}",
    ),
    "doubt.happy.mixed": (
        "most of it sounds happy, but the words name the trouble{quote}, and the praise beside it may be ironic",
        "trouble{quote} and praise are both in the words, and most of it sounds happy",
        "with trouble{quote} beside it the praise may not be meant, though most of it sounds happy",
    ),
    "doubt.happy.ordinary": (
        "most of it sounds happy and the words are ordinary{quote}, so little speaks for the alert",
        "little speaks for the alert: most of it sounds happy and the words are ordinary{quote}",
        "ordinary words{quote}, and most of it sounds happy: little speaks for the alert",
    ),
    "doubt.happy.open": (
        "most of it sounds happy, and what is said{quote} neither explains nor denies it",
        "the words leave it open{quote}, and most of it sounds happy",
        "most of it sounds happy, and the words leave it open{quote}",
    ),
    "doubt.happy.unknown": (
        "most of it sounds happy and no words were understood, so little speaks for the alert",
        "little speaks for the alert: most of it sounds happy and no words were understood",
        "no words were understood and most of it sounds happy: little speaks for the alert",
    ),
}

_DOUBTS["doubt.neutral.told"] = (
    "most of it sounds neutral, so the caller may be holding back",
    "though most of it sounds neutral, the caller may be holding back",
    "the caller may be holding back, as most of it sounds neutral",
)
_DOUBTS["doubt.happy.told"] = (
    "most of it sounds happy, which does not fit such words, so it may not be joy",
    "though most of it sounds happy, such words do not fit joy",
    "it may not be joy: most of it sounds happy, which does not fit such words",
)

_DOUBTS["doubt.strained"] = (
    "most of it sounds happy, but joy would not be so strained, so the caller may be holding back",
    "joy would not be so strained: though most of it sounds happy, the caller may be holding back",
    "the caller may be holding back, as joy would not be so strained, though most of it sounds happy",
)

_DOUBTS = graded(
    _DOUBTS,
    ("hint", "little speaks for the alert", "only the {noun} speaks for the alert"),
    ("rather", "most of it sounds", "it sounds closest to"),
)

_WHY: dict[str, tuple[str, ...]] = {
    "why.angry": (
        "most of it sounds angry and little joy is heard",
        "little joy is heard, and most of it sounds angry",
        "anger is most of what is heard, and hardly any joy",
    ),
    "why.sad": (
        "most of it sounds sad and little anger is heard",
        "little anger is heard, and most of it sounds sad",
        "sadness is most of what is heard, and hardly any anger",
    ),
    "why.cold": (
        "joy would not be so flat, so this is cold anger",
        "so flat a voice is cold anger rather than joy",
        "this is cold anger, as joy would not be so flat",
    ),
}

_RIVALS: dict[str, tuple[str, ...]] = {
    "rival.alike": ("{noun} would sound as {alike}",),
    "rival.second": ("{noun} is a close second",),
    "rival.even": ("{noun} is heard as much",),
    "rival.louder": ("anger would be louder",),
    "rival.neutral": ("much of it still sounds neutral",),
    "rival.but": ("{rival}, but {against}",),
    "rival.open": ("{rival}, and is not ruled out",),
    "against.strained": ("not as strained",),
    "against.unpleased": ("nothing said is pleased",),
    "against.little.happy": ("little joy is heard",),
    "against.little.angry": ("little anger is heard",),
    "against.little.sad": ("little sadness is heard",),
    "against.eased": ("the voice is less strained",),
    "against.words": ("the words decide",),
}

_ENDINGS: dict[str, tuple[str, ...]] = {
    "end.listen.sure": ("Sure; listen in.", "Listen in; this is sure.", "Sure enough to listen in."),
    "end.listen.likely": (
        "Fairly sure; listen in.",
        "Listen in; this is fairly sure.",
        "Fairly sure, which is enough to listen in.",
    ),
    "end.check.sure": (
        "Sure; worth a short listen.",
        "Worth a short listen; this is sure.",
        "Sure, so it is worth a short listen.",
    ),
    "end.check.likely": (
        "Fairly sure; worth a short listen.",
        "Worth a short listen; this is fairly sure.",
        "Fairly sure, so it is worth a short listen.",
    ),
    "end.check.leaning": (
        "Not sure; worth a short listen.",
        "Worth a short listen; this is not sure.",
        "Not sure, so it is worth a short listen.",
    ),
    "end.check.false": (
        "Probably a false alarm; worth a short listen.",
        "Worth a short listen; it is probably a false alarm.",
        "Probably a false alarm, which a short listen will tell.",
    ),
    "end.check.words": (
        "Not sure, but what is said makes it worth a short listen.",
        "Worth a short listen for what is said, though this is not sure.",
        "Not sure; the words make it worth a short listen.",
    ),
    "end.rising.sure": ("Sure; keep an eye on it.", "Keep an eye on it; this is sure.", "Sure, so keep an eye on it."),
    "end.rising.likely": (
        "Fairly sure; keep an eye on it.",
        "Keep an eye on it; this is fairly sure.",
        "Fairly sure, so keep an eye on it.",
    ),
    "end.rising.leaning": (
        "Not sure; keep an eye on it.",
        "Keep an eye on it; this is not sure.",
        "Not sure, so keep an eye on it.",
    ),
    "end.watch": ("Keep an eye on it.", "Worth keeping an eye on.", "Keep watching it."),
    "end.none": ("No need to step in.", "Nothing to step in for.", "Nobody needs to step in."),
}

_SUMS: dict[str, tuple[str, ...]] = {
    "sum.from.angry": ("In all: angry from {clock}",),
    "sum.from.sad": ("In all: sad from {clock}",),
    "sum.worst": ("worst at {clock}",),
    "sum.doing": ("the caller {doing}{quote}",),
    "sum.said": ("the words name the trouble{quote}",),
    "sum.over": ("over by {clock}",),
    "sum.open": ("not over when the call ended",),
    "sum.doubted": ("In all: one doubtful moment at {clock}, nothing that lasted",),
    "sum.bright": ("In all: a calm call, brighter from {clock}",),
}

_STAKES: dict[str, tuple[str, ...]] = {
    "stake.leaving": ("this customer may be lost",),
    "stake.distress": ("this caller may need help",),
}
"""What it means for the call."""

_OTHERS: dict[str, tuple[str, ...]] = {
    "turned": ("The words turn {manners} since {clock}",),
    "turned.flat": ("; the voice stays flat",),
    "turned.agrees": ("; the voice agrees",),
    "turned.quote": (': "{words}"',),
    "silence": ("Nobody has spoken for {seconds} s.",),
    "interruptions": ("{count} interruptions within {seconds} s: {shares}.",),
    "by.agent": ("{count} by the agent",),
    "by.caller": ("{count} by the caller",),
}
"""Alerts of which the voice is not the reason."""

ENGLISH_PHRASING = Phrasing(
    code="en",
    texts={**_HEADLINES, **_TOLD, **_WORDS, **_DOUBTS, **_WHY, **_RIVALS, **_ENDINGS, **_SUMS, **_STAKES, **_OTHERS},
    voice={
        ("level", 1): "louder",
        ("level", -1): "quieter",
        ("pitch", 1): "higher-pitched",
        ("pitch", -1): "lower-pitched",
        ("pitch_range", 1): "livelier",
        ("pitch_range", -1): "flatter",
        ("effort", 1): "more strained",
        ("effort", -1): "less strained",
        ("rate", 1): "faster",
        ("rate", -1): "slower",
        ("pauses", 1): "more hesitant",
        ("pauses", -1): "less hesitant",
        ("stress", 1): "more emphatic",
        ("stress", -1): "less emphatic",
    },
    alike={
        ("level", 1): "loud",
        ("pitch", 1): "high",
        ("level", -1): "quiet",
        ("rate", -1): "slow",
        ("pitch_range", -1): "flat",
        ("pitch", -1): "low",
    },
    nouns={"happy": "joy", "angry": "anger", "sad": "sadness", "tired": "tiredness"},
    does={
        "over_caller": "talks over the agent",
        "over_agent": "is talked over by the agent",
        "over_both": "speaks at the same time as the agent",
        "overloads": "is so loud that the line overloads",
        "repeats": "repeats the same words",
        "complaint": "complains",
        "again": "says it is not the first time",
        "complaint_again": "complains, and not for the first time",
        "let_down": "complains of being let down",
        "leaving": "threatens to leave",
        "escalation": "wants to take it higher",
        "swearing": "swears",
        "distress": "speaks of distress",
        "relief": "speaks warmly",
        "falls_silent": "falls silent after the agent",
        "one_word": "answers in one word",
        "laughs": "laughs",
    },
    same={"level": "loudness", "effort": "strain", "pitch": "pitch", "rate": "pace"},
    manners={
        "cold": "cold",
        "sarcastic": "sarcastic",
        "resigned": "resigned",
        "insistent": "insistent",
        "threatening": "threatening",
    },
    quote=' ("{words}")',
    much="much {word}",
    but=" but {word}",
    last=" and ",
)
