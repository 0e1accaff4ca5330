"""E-mail addresses, written and spoken: `jane@example.com`, `jane dot sample at example dot com`, `max ät gmx`.

In English and German, with the names of the signs in Polish, French and Spanish: `anna małpa poczta kropka pl`.

Words are walked outwards from each `at`, so that the work is bounded by how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tonewatch.workers.redaction.number_words import SINGLE, digits_of
from tonewatch.workers.redaction.spans import Span

_TOKEN: Final = re.compile(r"\w+|[^\w\s]")

_AT: Final = frozenset(
    ("at", "@", "ät", "aet", "ett", "klammeraffe", "strudel", "małpa", "malpa", "arobase", "arobas", "arroba")
)
_ALSO_WORDS: Final = frozenset(("strudel", "ett", "klammeraffe", "małpa", "malpa", "arroba"))
_SPOKEN_DOT: Final = frozenset(("dot", "punkt", "point", "kropka", "punto"))
_SURE_DOT: Final = frozenset(("dot", "punkt", "kropka"))
"""What is said of nothing else before a name."""
_SPOKEN_JOINT_TEXT: Final = (
    "underscore unterstrich dash minus hyphen bindestrich plus period podkreślnik podkreślenie myślnik tiret guion "
    "guión"
)
_SPOKEN_JOINT: Final = _SPOKEN_DOT | frozenset(_SPOKEN_JOINT_TEXT.split())
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
    "ohne im in auf wie dein ihr ihren sein apfel ta tę tej ten to jest była było był mała duża jak jedna i z una la "
    "por pesa pesaba media cada de"
)
_NO_LOCAL_OF_A_SIGN: Final = _NO_LOCAL | frozenset(_NO_LOCAL_OF_A_SIGN_TEXT.split())
"""What stands before a sign's name that is a thing to eat: `mit Strudel`."""

_SHORTENED: Final = (["'", "m"], ["'", "re"], ["'", "s"], ["'", "ve"], ["'", "ll"], ["'", "d"])
"""`I'm at home` begins no address."""

_MAIL_WORD: Final = re.compile(r"\be-?\s?mails?\b|\bmails?\b|mailadresse|\badress|\baddress", re.IGNORECASE)
_MAIL_WITHIN: Final = 60
"""Characters before an address within which its word makes it one that lacks its dot, or its end."""

_NO_TOP: Final = _NO_LOCAL | _AT | _SPOKEN_JOINT | frozenset(("the", "your", "our", "his", "her", "for", "das", "die"))

_NO_NAME_BEHIND_TEXT: Final = (
    "i we he she they you who a an the my your his her their our this that these those some any no s have has had ve "
    "do did to not never can could will would should must ich wir er sie du man der die das ein eine mein meine dein "
    "ihr ihre unser"
)
_NO_NAME_BEHIND: Final = frozenset(_NO_NAME_BEHIND_TEXT.split())
"""Behind these a word before an `at` is a deed or a thing: `we met at`, `my account at`."""

_SHORT_OF_IS: Final = frozenset(("it", "that", "there", "here", "what", "name", "mail", "email", "address", "one"))
"""Before `'s` that is no genitive: `it's anna`, but `your partner's page`."""

_NO_NAME_TEXT: Final = (
    "met meet saw see seen paid pay got order ordering booked book sale offer deal price prices room lunch dinner "
    "spoke talked called call calling stopped waiting waited checked signed registered subscribed listed cheaper "
    "better day night morning evening today yesterday tomorrow again now then once only just also too first last "
    "still exactly roughly about over under"
)
_NO_NAME: Final = _NO_LOCAL | _AT | frozenset(_NO_NAME_TEXT.split())

_NO_HOST_TEXT: Final = (
    "and or but is was are were i you he she we they it that which who because so then with from und oder aber ist war "
    "ich wir"
)
_NO_HOST: Final = _AT | _SPOKEN_JOINT | frozenset(_NO_HOST_TEXT.split())
"""What no host of several words has among them."""

_ALSO_TOPS: Final = frozenset(
    ("am", "at", "be", "by", "do", "es", "in", "is", "it", "la", "me", "my", "no", "so", "to", "us")
)
"""Ends of a domain that are words behind `point` as well: `the point is`."""

_ALSO_NUMBERS_TEXT: Final = (
    "oh o zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć deux trois quatre cinq sept huit neuf uno dos "
    "tres cuatro cinco seis siete ocho nueve"
)
_ALSO_NUMBERS: Final = frozenset(_ALSO_NUMBERS_TEXT.split()) | frozenset(SINGLE)

_NO_INITIALS: Final = frozenset("iaoyewzuà")
"""Letters that are words by themselves."""

_MOST_PARTS: Final = 8
_MOST_NUMBERS: Final = 10
_MOST_HOST_WORDS: Final = 4
"""Of one host, between two dots: `blue river dot com`."""
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
    first = _named_number(words, at, least)
    for _ in range(_MOST_PARTS):
        first = _letters(words, first, least)
        if first - 2 < least or not words.is_joint(first - 1) or not words.is_word(first - 2):
            return first
        first -= 2
    return first


def _named_number(words: _Words, at: int, least: int) -> int:
    """Back over the numbers that end a name, and to the name before them: `anna seven two`."""
    first = at + 1
    while first - 1 >= least and at - first < _MOST_NUMBERS and _is_number(words, first - 1):
        first -= 1
    if first > at:
        return at
    is_named = first - 1 >= least and words.is_word(first - 1) and not words.is_joint(first - 1)
    return first - 1 if is_named and _may_be_name(words, first - 1) else first


def _is_number(words: _Words, at: int) -> bool:
    word = words.words[at]
    return word.isdecimal() or word in _ALSO_NUMBERS or (words.is_word(at) and digits_of(word) is not None)


def _may_be_name(words: _Words, at: int) -> bool:
    """`met` is none, nor is what stands behind `we` or `my`, unless an address was spoken of."""
    if words.words[at] in _NO_NAME:
        return False
    if at > 1 and words.words[at - 2 : at] == ["'", "s"]:
        return at > 2 and words.words[at - 3] in _SHORT_OF_IS
    return at == 0 or words.words[at - 1] not in _NO_NAME_BEHIND or _is_named(words, at)


def _letters(words: _Words, first: int, least: int) -> int:
    """Back over single letters that are spelled, and over the one before a name: `j smith`."""
    if len(words.words[first]) > 1:
        before = words.words[first - 1] if first - 1 >= least else ""
        is_initial = len(before) == 1 and before.isalpha() and before not in _NO_INITIALS
        # `what's` ends in a letter too, and `plan b works at` in no name.
        is_short = words.words[first - 2 : first - 1] == ["'"] or words.words[first] in _NO_NAME
        return first - 1 if is_initial and not is_short else first
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
    if end is not None:
        return end
    # `jane@example`: nobody says that of anything else.
    return last if words.words[at] == "@" and words.is_tight(at) else _host_of_words(words, at)


def _host_of_words(words: _Words, at: int) -> int | None:
    """The last word of a domain with a host of several words behind the `at`: `blue river dot com`."""
    last = at + 1 + (words.words[at + 1 : at + 2] in (["sign"], ["zeichen"]))
    last += words.words[last : last + 1] == ["the"]
    if not _may_be_host(words, last):
        return None
    end, run = None, 1
    for _ in range(_MOST_PARTS + _MOST_HOST_WORDS):
        if words.is_joint(last + 1) and words.is_word(last + 2):
            last, run = last + 2, 1
            if words.is_dot(last - 1) and _may_end(words, at, last):
                end = last
        elif end is None and run < _MOST_HOST_WORDS and _may_be_host(words, last + 1):
            last, run = last + 1, run + 1
        else:
            break
    return end


def _may_be_host(words: _Words, at: int) -> bool:
    return words.is_word(at) and words.words[at] not in _NO_HOST


def _may_end(words: _Words, at: int, last: int) -> bool:
    if words.words[last] in _TOP:
        return words.words[last - 1] != "point" or words.words[at] != "at" or words.words[last] not in _ALSO_TOPS
    return _is_unknown_top(words, last) and _is_named(words, at)


def _is_unknown_top(words: _Words, at: int) -> bool:
    word = words.words[at]
    is_name = len(word) >= _UNKNOWN_LEAST and word.isalpha() and word not in _NO_TOP
    return words.words[at - 1] in _SURE_DOT and is_name


def _is_address(words: _Words, first: int, at: int, end: int) -> bool:
    """`anna was at amazon.com` is none, and `is at home` is not even a domain."""
    local = words.words[first]
    if words.words[at - 2 : at] in _SHORTENED:
        return False
    is_plain = first == at - 1 and local.isalpha()
    if words.words[at] in _ALSO_WORDS and is_plain and not _is_surely_one(words, first, at, end):
        return False
    if words.words[at] != "at" or words.words[at + 1] == "sign":
        return True
    if all(_is_number(words, place) and not words.words[place].isdecimal() for place in range(first, at)):
        return _is_named(words, first) or _is_mailbox(words, at, end)
    if not is_plain:
        is_joined = first == at - 1 or any(words.is_joint(place) for place in range(first, at))
        return is_joined or _is_whole(words, first, at, end)
    if _is_of_words(words, at, end) and not _may_be_name(words, first):
        return False
    return local not in _NO_LOCAL and _is_whole(words, first, at, end)


def _is_surely_one(words: _Words, first: int, at: int, end: int) -> bool:
    """With its dot or behind the word for it: `strudel` is a cake as well."""
    if words.words[first] in _NO_LOCAL_OF_A_SIGN:
        return False
    return _has_a_dot(words, at, end) or _is_named(words, first)


def _is_whole(words: _Words, first: int, at: int, end: int) -> bool:
    """`smith at home de` lacks its dot, and is none unless it is called one or people have mailboxes there."""
    host = words.words[at + 1 : end + 1]
    if _has_a_dot(words, at, end) or _is_mailbox(words, at, end):
        return True
    return len(host) == 1 or _is_split_provider(host) or _is_named(words, first)


def _is_mailbox(words: _Words, at: int, end: int) -> bool:
    """Does the host hold people's mailboxes?"""
    host = words.words[at + 1 : end + 1]
    return _is_split_provider(host) or any(word in _PROVIDERS or word in _DOTLESS for word in host)


def _is_of_words(words: _Words, at: int, end: int) -> bool:
    """Do two words of the domain stand side by side?"""
    return any(not words.is_joint(place) and not words.is_joint(place + 1) for place in range(at + 1, end))


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
