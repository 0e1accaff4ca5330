"""Calm speech of many voices as one more corpus, all of it neutral: a folder with a manifest.csv.

    .venv/bin/python models/experiments/calm_voices.py --out RECORDINGS/calm_voices

Needs Debian's `espeak-ng`, `sox` and `asterisk-core-sounds-{fr,ru}-gsm`. The variants of espeak-ng that
`calm_calls.py` speaks with, and its other announcers, are left out, so that its calls stay those of unheard voices.
The audio is never committed (prompts are CC BY-SA).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from tonewatch.models.corpora import MANIFEST, Clip
from tonewatch.models.corpora.manifest import write_manifest
from tonewatch.models.telephone import Samples

RATE_HZ = 16_000
CORPUS = "calm_voices"
PROMPTS = Path("/usr/share/asterisk/sounds")
ANNOUNCERS = ("fr_CA_f_June", "ru_RU_f_IvrvoiceRU")
MOST_PROMPTS = 60
RMS = 0.05
HEARD_ELSEWHERE = frozenset({"f1", "f2", "f3", "f4", "m2", "m3", "m7"})
NO_VOICES = frozenset({"announcer", "Demonic", "UniRobot", "anikaRobot", "fast", "edward2"})
LANGUAGES = ("en-us", "en-gb", "de", "es", "fr", "it", "pl", "nl", "pt", "en-us", "en-gb", "en-gb-x-rp")
SAID = {
    "en": (
        "I am calling about the appointment on Friday.",
        "The reference is on the second page, near the top.",
        "It was delivered to my neighbour yesterday afternoon.",
        "Could you send the confirmation to the same address as before?",
        "That works for me, thank you very much.",
        "I have been a customer for about six years now.",
        "Please hold on a moment, I need to find my glasses.",
        "We moved to the new flat in the spring.",
        "The red light is on and the green one is off.",
        "So I pay the first part now and the rest in March.",
        "My surname is spelled with two letters n.",
        "No, there is nothing else today, goodbye.",
    ),
    "de": (
        "Ich rufe wegen des Termins am Freitag an.",
        "Die Nummer steht oben auf der zweiten Seite.",
        "Das Paket wurde gestern beim Nachbarn abgegeben.",
        "Können Sie mir die Bestätigung noch einmal schicken?",
        "Gut, dann machen wir das so.",
        "Wir sind im Frühling umgezogen.",
        "Einen Moment bitte, ich hole die Unterlagen.",
        "Nein, sonst habe ich keine Fragen mehr.",
    ),
    "es": (
        "Llamo por la cita del viernes.",
        "El número está en la segunda página.",
        "Lo entregaron ayer a mi vecino.",
        "¿Puede enviarme otra vez la confirmación?",
        "De acuerdo, lo hacemos así.",
        "Un momento, voy a buscar los papeles.",
    ),
    "fr": (
        "J'appelle pour le rendez-vous de vendredi.",
        "Le numéro est en haut de la deuxième page.",
        "Le colis a été remis hier à mon voisin.",
        "Pouvez-vous m'envoyer la confirmation encore une fois ?",
        "Très bien, faisons comme cela.",
        "Un instant, je vais chercher les papiers.",
    ),
    "it": (
        "Chiamo per l'appuntamento di venerdì.",
        "Il numero si trova nella seconda pagina.",
        "Il pacco è stato consegnato ieri al mio vicino.",
        "Può mandarmi di nuovo la conferma?",
        "Va bene, facciamo così.",
        "Un momento, prendo i documenti.",
    ),
    "pl": (
        "Dzwonię w sprawie wizyty w piątek.",
        "Numer jest na drugiej stronie u góry.",
        "Paczkę odebrał wczoraj mój sąsiad.",
        "Czy może pani przesłać potwierdzenie jeszcze raz?",
        "Dobrze, zróbmy tak.",
        "Chwileczkę, poszukam dokumentów.",
    ),
    "nl": (
        "Ik bel over de afspraak van vrijdag.",
        "Het nummer staat op de tweede bladzijde.",
        "Het pakje is gisteren bij de buurman afgegeven.",
        "Kunt u mij de bevestiging nog een keer sturen?",
        "Goed, dan doen we het zo.",
    ),
    "pt": (
        "Estou a ligar por causa da consulta de sexta-feira.",
        "O número está na segunda página.",
        "A encomenda foi entregue ontem ao meu vizinho.",
        "Pode enviar-me outra vez a confirmação?",
        "Está bem, fazemos assim.",
    ),
}


def levelled(samples: Samples, rate_hz: int) -> Samples:
    """At 16 kHz, the silence around it cut, with a root mean square of `RMS`; empty where nothing is loud."""
    wide = samples if rate_hz == RATE_HZ else np.asarray(soxr.resample(samples, rate_hz, RATE_HZ), dtype=np.float32)
    loud = np.flatnonzero(np.abs(wide) > 0.004)
    if not loud.size:
        return wide[:0]
    cut = wide[max(0, loud[0] - 800) : loud[-1] + 800]
    return np.asarray(np.clip(cut * (RMS / np.sqrt((cut**2).mean())), -1.0, 1.0), dtype=np.float32)


def made(*command: str) -> tuple[Samples, int]:
    """What a command writes to its argument `{wav}`, and the rate of it."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "a.wav"
        subprocess.run([part.format(wav=wav) for part in command], check=True, capture_output=True)
        samples, rate_hz = soundfile.read(wav, dtype="float32")
    return np.asarray(samples, dtype=np.float32), int(rate_hz)


def variants() -> list[str]:
    listed = subprocess.run(["espeak-ng", "--voices=variant"], check=True, capture_output=True, text=True).stdout
    names = {line.split("!v/")[1].split()[0] for line in listed.splitlines() if "!v/" in line}
    return sorted(name for name in names - HEARD_ELSEWHERE - NO_VOICES if not name.startswith("robosoft"))


def synthetic(seed: int) -> Iterator[tuple[str, str, str, Samples]]:
    """Voice, language, text, samples: each variant in one language, at a speed and pitch of its own."""
    rng = np.random.default_rng(seed)
    for number, variant in enumerate(variants()):
        language = LANGUAGES[number % len(LANGUAGES)]
        speed, pitch = str(rng.integers(130, 195)), str(rng.integers(20, 80))
        for text in SAID[language[:2]]:
            command = ("espeak-ng", "-v", f"{language}+{variant}", "-s", speed, "-p", pitch, "-w", "{wav}")
            yield f"espeak_{variant.lower()}", language[:2], text, levelled(*made(*command, text))


def announced() -> Iterator[tuple[str, str, str, Samples]]:
    for announcer in ANNOUNCERS:
        kept = 0
        for path in sorted((PROMPTS / announcer).glob("*.gsm")):
            samples, rate_hz = made("sox", str(path), "-r", "8000", "{wav}")
            if kept < MOST_PROMPTS and 1.2 * rate_hz < samples.size < 8 * rate_hz:
                kept += 1
                yield f"prompt_{announcer}", announcer[:2], "", levelled(samples, rate_hz)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    (given.out / "audio").mkdir(parents=True, exist_ok=True)
    clips: list[Clip] = []
    for voice, language, text, samples in (*synthetic(given.seed), *announced()):
        if not samples.size:
            continue
        path = given.out / "audio" / f"{voice}-{len(clips):04d}.flac"
        soundfile.write(path, samples, RATE_HZ)
        clip = Clip(
            path,
            CORPUS,
            f"calm_{voice}",
            "",
            "neutral",
            "neutral",
            language,
            text,
            duration_s=round(samples.size / RATE_HZ, 3),
            emotion8="neutral",
        )
        clips.append(clip)
    write_manifest(clips, given.out / MANIFEST)
    sys.stdout.write(f"{len(clips)} clips of {len({clip.speaker for clip in clips})} voices\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
