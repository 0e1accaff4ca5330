from __future__ import annotations

import time

import pytest

from tonewatch.workers.redaction.emails import emails


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in emails(text)]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("jane@example.com and", ["jane@example.com"]),
        ("my mail is jane at example dot com", ["jane at example dot com"]),
        ("tom99 at example punkt de", ["tom99 at example punkt de"]),
        ("it's john.smith@münchen.de. Thanks", ["john.smith@münchen.de"]),
        ("under john at gmail dot com", ["john at gmail dot com"]),
        ("john at g mail dot com", ["john at g mail dot com"]),
        ("max klammeraffe gmx punkt at", ["max klammeraffe gmx punkt at"]),
        ("max at t minus online punkt de", ["max at t minus online punkt de"]),
        ("dana underscore lee plus bills at example dot net", ["dana underscore lee plus bills at example dot net"]),
        ("smith @ gmail . com", ["smith @ gmail . com"]),
        ("j o h n at gmail com please", ["j o h n at gmail com"]),
        ("anna at example dot co dot nz", ["anna at example dot co dot nz"]),
        ("die Mail ist uwe strudel gmx", ["uwe strudel gmx"]),
        ("uwe strudel gmx punkt net", ["uwe strudel gmx punkt net"]),
        ("mail uwe at home de", ["uwe at home de"]),
        ("it's anna at blue river dot com", ["anna at blue river dot com"]),
        ("dave at the red barn inn dot co dot uk ok", ["dave at the red barn inn dot co dot uk"]),
        ("my email is anna at first light dot studio", ["anna at first light dot studio"]),
        ("it's anna seven two at mail dot com", ["anna seven two at mail dot com"]),
        ("anna dot lee double seven at blue river dot com", ["anna dot lee double seven at blue river dot com"]),
        ("uli zweiundzwanzig at web punkt de", ["uli zweiundzwanzig at web punkt de"]),
        ("nine two at gmail dot com", ["nine two at gmail dot com"]),
        ("j smith at example dot com", ["j smith at example dot com"]),
        ("anna siedem małpa niebieska rzeka kropka pl", ["anna siedem małpa niebieska rzeka kropka pl"]),
        ("c'est anna deux arobase exemple point fr", ["anna deux arobase exemple point fr"]),
        ("es ana tres arroba casa blanca punto es", ["ana tres arroba casa blanca punto es"]),
    ],
)
def test_an_address_is_found_written_and_spoken(said: str, found: list[str]) -> None:
    assert cut(said) == found


@pytest.mark.parametrize(
    "said",
    [
        "look at example.com",
        "I am at home",
        "I bought it at amazon dot com",
        "he works at siemens dot com",
        "at",
        "@",
        "she sits at home de facto",
        "I'm at t minus online",
        "ein Strudel gmx egal",
        "der beste Strudel web punkt",
        "we met at the blue river dot com conference",
        "he works at blue river dot com",
        "my account at green energy dot com is locked",
        "your partner's page at fast loans dot com",
        "I bought two at home depot dot com",
        "nine two at home depot dot com",
        "I paid twenty at amazon dot com",
        "I was on hold at seven at night point com",
        "plan b works at siemens dot com",
        "anna seven two at home de",
        "anna at my place the point is I paid",
        "była tam ta małpa w reklamie kropka pl",
        "una arroba de maíz punto es",
    ],
)
def test_what_stands_at_a_place_is_no_address(said: str) -> None:
    assert cut(said) == []


def test_an_address_that_was_begun_is_one_at_the_end_alone() -> None:
    assert cut("it's john dot smith") == ["john dot smith"]
    assert cut("the website dot com") == []
    assert cut("john dot smith said so") == []


def test_the_work_of_an_address_does_not_grow_with_what_stands_around_it() -> None:
    said = ["seven", "at", "blue", "river", "dot", "j"] * 4_000
    began_s = time.perf_counter()
    cut(" ".join(said))
    once_s = time.perf_counter() - began_s
    began_s = time.perf_counter()
    cut(" ".join(said * 4))
    assert time.perf_counter() - began_s < 12 * once_s
