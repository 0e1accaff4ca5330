"""Phrases with which a house answers the telephone, and hardly any caller speaks. Open lists, by language.

They were written with the agents of the demo calls in view; what they find elsewhere stands in `README.md` beside.
"""

from __future__ import annotations

import re
from typing import Final

_HOUSE = (
    r"(?:department|support|services?|helpdesk|help desk|desk|information|repairs|reservations|bookings|claims|sales|"
    r"billing|enquiries|inquiries|care|deliveries|returns|accounts|office|reception|hotline)"
)
_DAY = r"(?:good (?:morning|afternoon|evening|day)|hello|hi|welcome|this is|you're)"
_NUMBER = r"(?:order|account|customer|policy|reference|booking|claim|member(?:ship)?|case|tracking)"

ENGLISH: Final = (
    r"thank(?:s| you)(?: so much| very much)? for (?:calling|your call|phoning)",
    r"(?:how|what) (?:can|may|could) (?:i|we) (?:help|assist|do for)(?: you| with|$)",
    r"how (?:can|may) (?:i|we) (?:be of|direct your)",
    r"you(?:'re| are)(?: now)? (?:through to|speaking (?:to|with))",
    r"(?:this|your|the) call (?:is|may|will|might)(?: be| being)?(?: being)? (?:recorded|monitored)",
    rf"^{_HOUSE} {_DAY}|^(?:\w+ ){{1,4}}{_HOUSE} {_DAY}",
    rf"^(?:\w+ ){{0,3}}{_HOUSE} (?:what|how|can|may|who)",
    rf"what(?:'s| is) your {_NUMBER} number",
    rf"(?:can|may|could) i (?:have|take|get) your (?:full )?(?:name|{_NUMBER}|date of birth|post ?code|zip)",
)
GERMAN: Final = (
    r"(?:wie|womit|was) (?:kann|darf) ich (?:ihnen|dir) (?:behilflich|helfen|weiterhelfen)",
    r"was (?:kann|darf) ich für sie tun",
    r"(?:vielen |herzlichen )?dank für ihren anruf",
    r"sie sprechen mit|willkommen bei(?: der| dem)?",
    r"(?:nennen|sagen) sie mir (?:bitte )?ihre (?:kunden|auftrags|bestell|vertrags)nummer",
)
POLISH: Final = (
    r"w czym mogę (?:panu |pani |państwu )?pomóc|dziękuj(?:ę|emy) za (?:telefon|kontakt)",
    r"rozmowa (?:jest|będzie|może być) nagrywana",
)

_GREETINGS: Final = re.compile("|".join((*ENGLISH, *GERMAN, *POLISH)))
_MARKS: Final = re.compile(r"[.,;:!?\-–—\"]+")


def greets(text: str) -> bool:
    """Does it hold such a phrase, in whatever case and punctuation?"""
    plain = _MARKS.sub(" ", text.lower().replace("’", "'"))
    return bool(_GREETINGS.search(" ".join(plain.split())))
