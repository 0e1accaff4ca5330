"""What a number is called by the words beside it: a code, an account, a telephone, a card, or just a number."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final, Literal

Called = Literal["code", "account", "phone", "card", "named"]

WITHIN: Final = 60
"""Characters before a number in which its word may end; one behind it in less."""

BEHIND: Final = 30

_WORDS: Final[dict[Called, str]] = {
    "code": r"\bpins?\b|\bcv[vc]\d?\b|security code|(?<!error )\b\w{0,24}codes?\b|passwor[dt]|\btans?\b|geheimzahl"
    r"|prüfnummer|prüfziffer|security number|sicherheitsnummer|on the back\b|hinten drauf|last four|last 4|letzten vier"
    r"|letzten 4|ends in|ending in|endet auf|digits on the back"
    r"|\b(?:card|account|numbers?|iban|konto|karte|kontonummer|kartennummer)\b.{0,9}?\b(?:ends|ending|endet|endend)\b"
    r"|expir\w{1,5}|läuft ab|valid (?:until|thru|through)|gültig bis|ablaufdatum",
    "account": r"\biban\b|\bi b a n\b|accounts?\b|sort code|routing|\bbank\b|bank details|kontonummer|konto"
    r"|bankleitzahl|\bblz\b",
    "phone": r"\bphones?\b|telephone|\bmobile|\bcell\b|landline|\bcall\b|called from|calling from|reach me|reach my"
    r"|\bring\b|text me|area code|contact number|telefonnummer|telefon|handynummer|handy|mobilnummer|festnetz"
    r"|rufen sie|rückruf|erreichen|vorwahl|wählen sie|work number|home number",
    "card": r"\bcards?\b|\bvisa\b|mastercard|amex|american express|diners|kreditkarte|kartennummer|\bkarte\b",
    "named": r"numbers?\b(?! of\b)|nummer\b|reference|\bref\b|policy|membership|licen[cs]e|passport|social security"
    r"|national insurance|tracking|\bserial\b|\bclaim\b|ziffern|aktenzeichen|kennzeichen|booking",
}
_OF_A_THING: Final = re.compile(
    r"[ -]?(?:bills?|volumes?|charges?|fees?|costs?|contracts?|plans?|limits?|prices?|rates?|tariffs?|handsets?"
    r"|cent(?:er|re)s?"
    r"|queues?|holidays?|balances?|statements?|scores?|holders?|interest|times?"
    r"|rechnung\w{0,2}|kosten|tarif\w{0,2}|vertrag\w{0,2}|verträge|limits?|stand|stände|gebühr\w{0,2}|preis\w{0,2}"
    r"|volumen|zinsen|aufkommen|umsatz|umsätze|inhaber\w{0,2})\b",
    re.IGNORECASE,
)
"""Behind a word for a number, which then speaks of something else: `telephone bill`, `call volume`, `Kartenlimit`."""

_SAID: Final = {called: re.compile(pattern, re.IGNORECASE) for called, pattern in _WORDS.items()}
_ORDER: Final[tuple[Called, ...]] = ("code", "account", "phone", "card", "named")
_BORN: Final = re.compile(
    r"\bborn\b|\bjahrgang\b|\bbirth(?:day)?\b|\bdob\b|\bd\.o\.b\b|\bd o b\b|geboren|geburtsdatum|geburtstag|\bgeb\b",
    re.IGNORECASE,
)
_BORN_BEHIND: Final = re.compile(r"[\s,]{1,3}(?:\w{1,8}\s)?(?:geboren|born)\b", re.IGNORECASE)

_LINKS_TEXT: Final = (
    "number numbers nummer no code is was are s it its the a my our your his her meine mein unser ist war lautet "
    "lauten heißt sind der die das den okay ok so uh um erm äh ähm on at under unter auf bei with mit like yes ja "
    "yeah well then dann please bitte also in ends ending card karte"
)
_LINKS: Final = frozenset(_LINKS_TEXT.split())
"""Between the word and its number, where the number is what the word speaks of."""

_BORN_LINKS_TEXT: Final = "in am im date of back year jahr datum i ich bin wurde"
_BORN_LINKS: Final = _LINKS | frozenset(_BORN_LINKS_TEXT.split())
_MOST_LINKS: Final = 5
_SIGNS: Final = frozenset(" ,:;.'’\"-\t\n")


class Names:
    """The words of one text that call a number something, looked up by where they end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = {called: _ends_of(text, pattern) for called, pattern in _SAID.items()}
        self._by_end = {end: called for called in reversed(_ORDER) for end in self._ends[called]}
        self._born = {match.end() for match in _BORN.finditer(text)}

    def before(self, at: int, within: int = WITHIN) -> Called | None:
        """What the nearest word before a number says that it is; `at` is where the number begins."""
        nearest = {called: self._last_end(called, at, within) for called in _ORDER}
        # `account number`: what a number is of says more than that it is one.
        called = max(_ORDER, key=lambda one: (nearest[one] + (-12 if one == "named" else 0), one != "named"))
        return called if nearest[called] >= 0 else ("named" if nearest["named"] >= 0 else None)

    def behind(self, end: int) -> Called | None:
        """The same of the words behind a number that ends there."""
        return self.before(min(end + BEHIND, len(self._text)), BEHIND)

    def at_once(self, at: int) -> Called | None:
        """The same as `before` where nothing but links lies between: `my pin is`, `phone number: `."""
        found = [self._by_end[end] for end in self._unlinked(at, _LINKS) if end in self._by_end]
        # `card number is`: a card's, rather than just a number.
        return next((one for one in found if one != "named"), found[0] if found else None)

    def is_of_birth(self, start: int, end: int | None = None) -> bool:
        """`born in`, `date of birth`; or `geboren` behind it, where an end is given."""
        if any(at in self._born for at in self._unlinked(start, _BORN_LINKS)):
            return True
        return end is not None and _BORN_BEHIND.match(self._text, end) is not None

    def _last_end(self, called: Called, at: int, within: int) -> int:
        ends = self._ends[called]
        place = bisect_right(ends, at) - 1
        return ends[place] if place >= 0 and ends[place] > at - within else -1

    def _unlinked(self, at: int, links: frozenset[str]) -> list[int]:
        """Where the words before `at` end, as link after link is taken off."""
        ends = [end := self._without_signs(at)]
        for _ in range(_MOST_LINKS):
            start = end
            while start > max(0, at - WITHIN) and self._text[start - 1].isalpha():
                start -= 1
            if self._text[start:end].lower() not in links:
                break
            ends.append(end := self._without_signs(start))
        return ends

    def _without_signs(self, end: int) -> int:
        while end > 0 and self._text[end - 1] in _SIGNS:
            end -= 1
        return end


def _ends_of(text: str, pattern: re.Pattern[str]) -> list[int]:
    return [match.end() for match in pattern.finditer(text) if _OF_A_THING.match(text, match.end()) is None]
