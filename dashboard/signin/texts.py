"""The sentences of signing in, in English and in German. An English sentence is its own key.

The board's page has its own catalogue (`web/src/messages/`); both read the same cookie.
"""

from __future__ import annotations

import re
from typing import Literal

from starlette.requests import HTTPConnection

Language = Literal["en", "de"]

LANGUAGES: dict[Language, str] = {"en": "English", "de": "Deutsch"}

COOKIE = "tonewatch-language"

KEPT_S = 31_536_000

SIGN_IN = "Sign in"
LANGUAGE = "Language"
GO_ON = "Go on as {name}"
DEMO = "A demonstration on this machine: its calls are synthetic, or recordings of yours."
WITH_PROVIDER = "Sign in with {name}"
NAME = "Name"
PASSWORD = "Password"
SIGNED_OUT = "You are signed out."
WRONG = "Name or password is wrong."
LATER_ONE = "Too many tries. Try again in a minute."
LATER = "Too many tries. Try again in {minutes} minutes."
STALE = "This form was too old: please try again."
NO_TLS = "This board signs nobody in over plain http: open it by its https address."
NOBODY_YET = "Nobody is known here yet: `tonewatch users add NAME --role supervisor` makes the first user."
NOT_HERE = "The demo signs in on this machine alone."
PROXY_SILENT = "The proxy before this board did not say who you are."
UNREACHABLE = "The identity provider does not answer as it should: try again, or tell your administrator."
NOT_PROVED = "The identity provider's answer does not fit this sign-in: please try again."
SIGNED_NOBODY_IN = "The identity provider signed nobody in."
NO_USABLE_NAME = "The identity provider gave no name that can be used."
NO_ROLE = "You are known, but have no role at this board: ask your administrator."
NO_PLACE = "You are known, but have no queues or teams at this board: ask your administrator."

GERMAN: dict[str, str] = {
    SIGN_IN: "Anmelden",
    LANGUAGE: "Sprache",
    GO_ON: "Weiter als {name}",
    DEMO: "Eine Vorführung auf dieser Maschine: Ihre Gespräche sind künstlich oder eigene Aufnahmen.",
    WITH_PROVIDER: "Anmelden mit {name}",
    NAME: "Benutzername",
    PASSWORD: "Passwort",
    SIGNED_OUT: "Sie sind abgemeldet.",
    WRONG: "Benutzername oder Passwort ist falsch.",
    LATER_ONE: "Zu viele Versuche. In einer Minute noch einmal.",
    LATER: "Zu viele Versuche. In {minutes} Minuten noch einmal.",
    STALE: "Dieses Formular war zu alt: Bitte noch einmal.",
    NO_TLS: "Über einfaches http wird hier niemand angemeldet: Öffnen Sie die https-Adresse.",
    NOBODY_YET: "Noch ist hier niemand bekannt: `tonewatch users add NAME --role supervisor` legt den Ersten an.",
    NOT_HERE: "Die Vorführung meldet nur auf dieser Maschine an.",
    PROXY_SILENT: "Der Proxy davor hat nicht gesagt, wer Sie sind.",
    UNREACHABLE: "Der Anmeldedienst antwortet nicht wie erwartet: Noch einmal, oder sagen Sie es der Verwaltung.",
    NOT_PROVED: "Die Antwort des Anmeldedienstes passt nicht zu dieser Anmeldung: Bitte noch einmal.",
    SIGNED_NOBODY_IN: "Der Anmeldedienst hat niemanden angemeldet.",
    NO_USABLE_NAME: "Der Anmeldedienst gab keinen brauchbaren Namen.",
    NO_ROLE: "Sie sind bekannt, haben hier aber keine Rolle: Fragen Sie die Verwaltung.",
    NO_PLACE: "Sie sind bekannt, haben hier aber keine Warteschlangen oder Teams: Fragen Sie die Verwaltung.",
}


def say(language: Language, text: str, **values: str) -> str:
    """`text` in that language with its values; as it stands where there is no such sentence."""
    return (GERMAN.get(text, text) if language == "de" else text).format(**values)


def language_of(asked: HTTPConnection) -> Language:
    """The one that was asked for just now, or chosen before; else the first of the browser's that there is."""
    chosen = [asked.query_params.get("language", ""), asked.cookies.get(COOKIE, "")]
    for wanted in (*chosen, *_accepted(asked.headers.get("accept-language", ""))):
        for language in LANGUAGES:
            if wanted == language:
                return language
    return "en"


def language_cookie(language: Language) -> str:
    """No secret: the page's program reads and writes it too."""
    return f"{COOKIE}={language}; Path=/; SameSite=Lax; Max-Age={KEPT_S}"


def _accepted(header: str) -> list[str]:
    """Languages of an Accept-Language header (RFC 9110, 12.5.4), the most wanted first, without their regions."""
    found = re.findall(r"([A-Za-z]{2})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*(?:,|$)", header[:1_000])
    weighed = sorted(((float(weight or 1), name.lower()) for name, weight in found), key=lambda one: -one[0])
    return [name for weight, name in weighed if weight > 0]
