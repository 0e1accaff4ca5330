"""E-mail addresses, written and spoken: `jane@example.com`, `jane dot sample at example dot com`, `max ät gmx`.

Words are walked outwards from each `at`, so that the work is bounded by how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tonewatch.workers.redaction.spans import Span

_TOKEN: Final = re.compile(r"\w+|[^\w\s]")

_AT: Final = frozenset(("at", "@", "ät", "aet", "ett", "klammeraffe", "strudel"))
_ALSO_WORDS: Final = frozenset(("strudel", "ett", "klammeraffe"))
_SPOKEN_DOT: Final = frozenset(("dot", "punkt", "point"))
_SPOKEN_JOINT: Final = _SPOKEN_DOT | frozenset(
    ("underscore", "unterstrich", "dash", "minus", "hyphen", "bindestrich", "plus", "period")
)
_WRITTEN_JOINT: Final = frozenset("._+-'")

_TOP_TEXT: Final = (
    "com org net edu gov int info biz eu io ai app dev tv cc name pro shop online ac ad ae af ag al am ar at au "
    "az ba bd be bg bh br by ca ch ci cl cm cn co cr cu cy cz de dk do dz ec ee eg es fi fr ge gh gr gt hk hn hr "
    "hu id ie il im in iq ir is it jm jo jp ke kr kw kz la lb li lk lt lu lv ly ma md me mk mn mo mt mu mx my mz "
    "ng ni nl no np nz om pa pe ph pk pl pr ps pt py qa ro rs ru sa se sg si sk sn sv sy th tn to tr tt tw tz ua "
    "ug uk us uy uz ve vn ye za zm zw"
)
_TOP: Final = frozenset(_TOP_TEXT.split())
_BARE_TOP: Final = (["co", "uk"], ["com"], ["de"], ["org"])
"""Ends of a domain whose dot the recogniser left out."""

_UNKNOWN_LEAST: Final = 3
"""Letters of an end that is in no list here: `example dot london`."""

_PROVIDERS_TEXT: Final = (
    "gmail googlemail gmx yahoo hotmail icloud protonmail btinternet outlook aol posteo freenet mailbox"
)
_PROVIDERS: Final = frozenset(_PROVIDERS_TEXT.split())
"""Where people have mailboxes, and nobody works or shops."""

_DOTLESS: Final = frozenset(("web", "mail", "email", "live", "me", "arcor", "bluewin", "orange", "libero"))
"""Hosts of mailboxes that are words of their own too: with their end they need no dot."""

_SPLIT_PROVIDERS: Final = frozenset((("g", "mail"), ("hot", "mail"), ("i", "cloud"), ("t", "online"), ("out", "look")))

_NO_LOCAL_TEXT: Final = (
    "look looking is was are were am up me us him her it them you they he she we i arrive arrived be been start "
    "website page site store shop shopping work works worked working job bought buy ordered order orders "
    "available stay stayed live down back there here online not everything things stuff someone somebody people "
    "guy guys lady agent rep everyone find found got sold branch login log logged account that this one ones and "
    "or but"
)
_NO_LOCAL: Final = frozenset(_NO_LOCAL_TEXT.split())
"""What stands before an `at` that is the preposition."""

_NO_LOCAL_OF_A_SIGN_TEXT: Final = (
    "a an the some with der die das den dem ein eine einen einem einer mein meine meinen kein keinen mit zum und oder "
    "ohne im in auf wie dein ihr ihren sein apfel"
)
_NO_LOCAL_OF_A_SIGN: Final = _NO_LOCAL | frozenset(_NO_LOCAL_OF_A_SIGN_TEXT.split())
"""What stands before a sign's name that is a thing to eat: `mit Strudel`."""

_SHORTENED: Final = (["'", "m"], ["'", "re"], ["'", "s"], ["'", "ve"], ["'", "ll"], ["'", "d"])
"""`I'm at home` begins no address."""

_MAIL_WORD: Final = re.compile(r"\be-?\s?mails?\b|\bmails?\b|mailadresse|\badress|\baddress", re.IGNORECASE)
_MAIL_WITHIN: Final = 60
"""Characters before an address within which its word makes it one that lacks its dot, or its end."""

_NO_TOP: Final = _NO_LOCAL | _AT | _SPOKEN_JOINT | frozenset(("the", "your", "our", "his", "her", "for", "das", "die"))

_MOST_PARTS: Final = 8
_MOST_LETTERS: Final = 30


class _Words:
    """The text's words and signs, one after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        matches = _without_signs(list(_TOKEN.finditer(text)))
        self.spans = [match.span() for match in matches]
        self.words = [match[0].lower() for match in matches]

    def is_word(self, at: int) -> bool:
        return 0 <= at < len(self.words) and (self.words[at][0].isalnum() or self.words[at][0] == "_")

    def is_tight(self, at: int) -> bool:
        """Does a written sign stand without room, or with some on both sides, as `gmail . com`?"""
        if not 0 < at < len(self.words) - 1:
            return False
        left = self.spans[at][0] - self.spans[at - 1][1]
        right = self.spans[at + 1][0] - self.spans[at][1]
        return left == right <= 1

    def is_joint(self, at: int) -> bool:
        if not 0 <= at < len(self.words):
            return False
        word = self.words[at]
        return word in _SPOKEN_JOINT or (word in _WRITTEN_JOINT and self.is_tight(at))

    def is_dot(self, at: int) -> bool:
        return self.words[at] in _SPOKEN_DOT or self.words[at] == "."


def _without_signs(tokens: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """Without commas and brackets beside a spoken joint: `jane, at, example`, `jane (at) example`."""
    joints = [token[0].lower() in _AT or token[0].lower() in _SPOKEN_DOT for token in tokens]
    beside = [any(joints[max(0, at - 1) : at + 2]) for at in range(len(tokens))]
    return [token for token, is_beside in zip(tokens, beside, strict=True) if not (is_beside and token[0] in ",()[]")]


def emails(text: str) -> Iterator[Span]:
    """In order; an address that was cut off behind a joint (`john dot smith`, and no more) is one at the end alone."""
    words = _Words(text)
    behind = 0
    for at, word in enumerate(words.words):
        if word not in _AT or at < behind:
            continue
        first = _local(words, at - 1, behind)
        end = _domain(words, at)
        if first is None or end is None or not _is_address(words, first, at, end):
            continue
        yield words.spans[first][0], words.spans[end][1]
        behind = end + 1
    if (begun := _begun(words, behind)) is not None:
        yield begun


def _local(words: _Words, at: int, least: int) -> int | None:
    """The first word of what stands before the `at`; null where no word does."""
    if at < least or not words.is_word(at):
        return None
    first = at
    for _ in range(_MOST_PARTS):
        first = _letters(words, first, least)
        if first - 2 < least or not words.is_joint(first - 1) or not words.is_word(first - 2):
            return first
        first -= 2
    return first


def _letters(words: _Words, first: int, least: int) -> int:
    """Back over single letters that are spelled."""
    if len(words.words[first]) > 1:
        return first
    for _ in range(_MOST_LETTERS):
        if first - 1 < least or not words.is_word(first - 1) or len(words.words[first - 1]) > 1:
            break
        first -= 1
    return first


def _domain(words: _Words, at: int) -> int | None:
    """The last word of what stands behind the `at`, where it is a domain or a provider."""
    first = at + 1 + (words.words[at + 1 : at + 2] in (["sign"], ["zeichen"]))
    first += words.words[first : first + 1] == ["the"]
    if not words.is_word(first):
        return None
    last, end = first, first if words.words[first] in _PROVIDERS else None
    if end is None and tuple(words.words[first : first + 2]) in _SPLIT_PROVIDERS:
        last = end = first + 1
    if words.words[first : first + 3] in (["g", "m", "x"], ["t", "minus", "online"], ["t", "-", "online"]):
        last = end = first + 2
    for _ in range(_MOST_PARTS):
        if not words.is_joint(last + 1) or not words.is_word(last + 2):
            break
        last += 2
        if (words.is_dot(last - 1) and words.words[last] in _TOP) or (
            end in (None, last - 2) and _is_unknown_top(words, last)
        ):
            end = last
    if end is None or (end == last and words.words[end] in _PROVIDERS):
        bare = next((top for top in _BARE_TOP if words.words[last + 1 : last + 1 + len(top)] == top), None)
        end = end if bare is None else last + len(bare)
    # `jane@example`: nobody says that of anything else.
    return last if end is None and words.words[at] == "@" and words.is_tight(at) else end


def _is_unknown_top(words: _Words, at: int) -> bool:
    word = words.words[at]
    is_name = len(word) >= _UNKNOWN_LEAST and word.isalpha() and word not in _NO_TOP
    return words.words[at - 1] in ("dot", "punkt") and is_name


def _is_address(words: _Words, first: int, at: int, end: int) -> bool:
    """`anna was at amazon.com` is none, and `is at home` is not even a domain."""
    local = words.words[first]
    if words.words[at - 2 : at] in _SHORTENED:
        return False
    is_plain = first == at - 1 and local.isalpha()
    if words.words[at] in _ALSO_WORDS and is_plain and not _is_surely_one(words, first, at, end):
        return False
    if words.words[at] != "at" or words.words[at + 1] == "sign" or not is_plain:
        return True
    return local not in _NO_LOCAL and _is_whole(words, first, at, end)


def _is_surely_one(words: _Words, first: int, at: int, end: int) -> bool:
    """With its dot or behind the word for it: `strudel` is a cake as well."""
    if words.words[first] in _NO_LOCAL_OF_A_SIGN:
        return False
    return _has_a_dot(words, at, end) or _is_named(words, first)


def _is_whole(words: _Words, first: int, at: int, end: int) -> bool:
    """`smith at home de` lacks its dot, and is none unless it is called one or people have mailboxes there."""
    host = words.words[at + 1 : end + 1]
    if _has_a_dot(words, at, end) or any(word in _PROVIDERS or word in _DOTLESS for word in host):
        return True
    return len(host) == 1 or _is_split_provider(host) or _is_named(words, first)


def _is_split_provider(host: Sequence[str]) -> bool:
    return tuple(host[:2]) in _SPLIT_PROVIDERS or list(host[:3]) in (["g", "m", "x"], ["t", "minus", "online"])


def _has_a_dot(words: _Words, at: int, end: int) -> bool:
    return any(words.is_dot(place) for place in range(at + 1, end))


def _is_named(words: _Words, first: int) -> bool:
    start = words.spans[first][0]
    return _MAIL_WORD.search(words.text, max(0, start - _MAIL_WITHIN), start) is not None


def _begun(words: _Words, least: int) -> Span | None:
    """`john underscore smith` at the very end: the rest comes with what is said next."""
    last = len(words.words) - 1
    if last < least or not words.is_word(last):
        return None
    if not words.is_joint(last - 1) or words.words[last - 1] not in ("dot", "underscore", "unterstrich"):
        return None
    first = _local(words, last, least)
    if first is None or first == last or words.words[last] in _TOP:
        return None
    # `at work dot matrix`, `dot dot dot`
    if words.words[first - 1 : first] and words.words[first - 1] in _AT:
        return None
    if words.words[last] in _SPOKEN_JOINT or words.words[first] in _SPOKEN_JOINT:
        return None
    return words.spans[first][0], words.spans[last][1]
