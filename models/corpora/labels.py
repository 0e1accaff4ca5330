"""Mapping of each corpus's labels to EMOTIONS and EMOTIONS8, word by word.

A word without a counterpart in EMOTIONS8 maps to NOWHERE; a word that is not listed is an error. `emotion4` is the same
word where it is one of EMOTIONS: calm, fearful, disgust and surprised are not among the four.
"""

from __future__ import annotations

from collections.abc import Mapping

from tonewatch.models.corpora.clip import EMOTIONS
from tonewatch.stream.errors import DataError

NOWHERE = ""

LABELS: Mapping[str, Mapping[str, str]] = {
    "ravdess": {
        "neutral": "neutral",
        "calm": "calm",
        "happy": "happy",
        "sad": "sad",
        "angry": "angry",
        "fearful": "fearful",
        "disgust": "disgust",
        "surprised": "surprised",
    },
    "emodb": {
        "anger": "angry",
        "boredom": NOWHERE,
        "disgust": "disgust",
        "fear": "fearful",
        "happiness": "happy",
        "neutral": "neutral",
        "sadness": "sad",
    },
    "nemo": {
        "anger": "angry",
        "fear": "fearful",
        "happiness": "happy",
        "neutral": "neutral",
        "sadness": "sad",
        "surprised": "surprised",
    },
    "crema_d": {
        "anger": "angry",
        "disgust": "disgust",
        "fear": "fearful",
        "happy": "happy",
        "neutral": "neutral",
        "sad": "sad",
    },
    "tess": {
        "angry": "angry",
        "disgust": "disgust",
        "fear": "fearful",
        "happy": "happy",
        "neutral": "neutral",
        "pleasant surprise": "surprised",
        "sad": "sad",
    },
    "savee": {
        "anger": "angry",
        "disgust": "disgust",
        "fear": "fearful",
        "happiness": "happy",
        "neutral": "neutral",
        "sadness": "sad",
        "surprise": "surprised",
    },
    # Excitement counts as happiness, as in the common four-class protocol of IEMOCAP (5,531 utterances). `xxx` is no
    # agreement among the raters, `oth` something else than the words they could choose.
    "iemocap": {
        "ang": "angry",
        "dis": "disgust",
        "exc": "happy",
        "fea": "fearful",
        "fru": NOWHERE,
        "hap": "happy",
        "neu": "neutral",
        "oth": NOWHERE,
        "sad": "sad",
        "sur": "surprised",
        "xxx": NOWHERE,
    },
    "meld": {
        "anger": "angry",
        "disgust": "disgust",
        "fear": "fearful",
        "joy": "happy",
        "neutral": "neutral",
        "sadness": "sad",
        "surprise": "surprised",
    },
    "msp_podcast": {
        "anger": "angry",
        "contempt": NOWHERE,
        "disgust": "disgust",
        "fear": "fearful",
        "happiness": "happy",
        "neutral": "neutral",
        "no agreement": NOWHERE,
        "other": NOWHERE,
        "sadness": "sad",
        "surprise": "surprised",
    },
    "esd": {"angry": "angry", "happy": "happy", "neutral": "neutral", "sad": "sad", "surprise": "surprised"},
    # `contempt or disgust` is one class of two emotions, and only one of them has a place.
    "emotioncot": {
        "angry": "angry",
        "confused": NOWHERE,
        "contempt": NOWHERE,
        "contempt or disgust": NOWHERE,
        "disgust": "disgust",
        "fear": "fearful",
        "happy": "happy",
        "neutral": "neutral",
        "sad": "sad",
        "surprise": "surprised",
        "whisper": NOWHERE,
    },
}

# For a manifest of other recordings that gives words and no emotion4.
WORDS: Mapping[str, str] = {
    "anger": "angry",
    "angry": "angry",
    "bored": NOWHERE,
    "boredom": NOWHERE,
    "calm": "calm",
    "contempt": NOWHERE,
    "disgust": "disgust",
    "disgusted": "disgust",
    "fear": "fearful",
    "fearful": "fearful",
    "frustrated": NOWHERE,
    "frustration": NOWHERE,
    "happiness": "happy",
    "happy": "happy",
    "joy": "happy",
    "neutral": "neutral",
    "other": NOWHERE,
    "sad": "sad",
    "sadness": "sad",
    "surprise": "surprised",
    "surprised": "surprised",
}


def map_label(corpus: str, word: str, where: str) -> tuple[str, str]:
    """`emotion4` and `emotion8` of a corpus's own word; DataError naming `where` when the word is not written down."""
    known = LABELS.get(corpus, WORDS)
    if word not in known:
        raise DataError(f"{where}: label {word!r} is unknown in {corpus}; known are {', '.join(sorted(known))}")
    emotion8 = known[word]
    return (emotion8 if emotion8 in EMOTIONS else NOWHERE), emotion8
