"""What a model reads, and what the grammar lets it write."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import FactsTable
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.examples import EXAMPLES
from tonewatch.workers.reasons.prompt import PREFIX, QUOTE_WORDS, QUOTES, build, grammar, quotes, render

from ..claims import TABLES


def test_the_prompt_begins_with_what_never_changes_and_ends_with_the_facts() -> None:
    table = EXAMPLES[0][0]
    prompt = build(table)
    assert prompt.startswith(PREFIX)
    assert prompt.endswith(render(table) + "\n")
    assert "Voice: Louder by 6 dB" in prompt[len(PREFIX) :]


def test_the_facts_in_the_prompt_are_true_to_their_table() -> None:
    for table, _ in EXAMPLES:
        for line in render(table).splitlines():
            if line.startswith(("Voice: ", "Change: ")):
                assert check(line.split(": ", 1)[1], table).dropped == ()


def test_the_grammar_offers_each_way_of_a_measurement_so_that_the_choice_is_the_models() -> None:
    offered = grammar(EXAMPLES[0][0])
    assert all(f'"{words}"' in offered for words in ("louder by 6 dB", "quieter by 6 dB", "loudness unchanged"))
    assert all(f"The tone {verb} from" in offered for verb in ("fell", "rose"))


def test_the_grammar_allows_only_quotations_that_were_said() -> None:
    said, silent = EXAMPLES[0][0], EXAMPLES[1][0]
    assert f'says \\"{quotes(said)[0]}\\"."' in grammar(said)
    assert 'words ::= "none"\n' in grammar(silent)
    assert 'fit ::= "none"\n' in grammar(silent)


def without_facts(table: FactsTable) -> FactsTable:
    return msgspec.structs.replace(table, facts=(), posterior=None, posterior_baseline=None)


def test_a_table_without_measurements_says_so_and_offers_nothing_else() -> None:
    bare = without_facts(TABLES["boiling"])
    assert "Heard: nothing." in render(bare)
    assert "Voice: Nothing measured." in render(bare)
    assert 'more ::= "nothing measured"\n' in grammar(bare)


def test_a_measurement_that_is_not_trusted_is_neither_shown_nor_offered() -> None:
    noisy = TABLES["noisy"]
    assert "pitch" not in render(noisy).split("Voice: ")[1]
    assert "in pitch by" not in grammar(noisy)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_quotations_are_the_newest_and_short(name: str) -> None:
    table = TABLES[name]
    long = [
        msgspec.structs.replace(quote, text=f'{index} "said" ' + 20 * "and ")
        for index in range(6)
        for quote in table.quotes[:1]
    ]
    found = quotes(msgspec.structs.replace(table, quotes=tuple(long)))
    assert [text.split()[0] for text in found] == ["3", "4", "5"][: len(long)]
    assert all(len(text.split()) <= QUOTE_WORDS and '"' not in text for text in found)
    assert len(found) <= QUOTES
