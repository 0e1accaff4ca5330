from __future__ import annotations

from collections import Counter

import pytest

from tonewatch.stream.bench.doors import open_audio
from tonewatch.stream.bench.fuzz import DECODERS, FORMS, KINDS, Fuzzer, is_malformed
from tonewatch.stream.demo.truth import default_folder


def test_the_same_seed_draws_the_same_inputs() -> None:
    one, two, other = Fuzzer(1), Fuzzer(1), Fuzzer(2)
    drawn = [[(f.record(topic), f.key(topic, b"{"), f.frame(), f.path()) for topic in KINDS] for f in (one, two, other)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("topic", KINDS)
def test_each_topic_gets_every_form_both_malformed_and_readable_and_no_other_error_comes(topic: str) -> None:
    fuzzer = Fuzzer(3)
    seen: Counter[tuple[str, bool]] = Counter()
    for _ in range(600):
        form, value = fuzzer.record(topic)
        seen[form, is_malformed(topic, value)] += 1
    assert {form for form, _ in seen} == set(FORMS)
    assert seen["empty", True] and seen["versioned", True] and seen["extreme", False]


def test_what_is_not_malformed_can_be_read() -> None:
    fuzzer = Fuzzer(4)
    for topic, decode in DECODERS.items():
        values = [value for _ in range(100) for _, value in [fuzzer.record(topic)]]
        assert all(decode(value).call_id is not None for value in values if not is_malformed(topic, value))


def test_a_broken_sound_file_is_refused_in_words() -> None:
    whole = (default_folder() / "calm_enquiry.flac").read_bytes()[:60_000]
    fuzzer = Fuzzer(5)
    assert [open_audio(whole, ".flac", fuzzer) for _ in range(20)] == [""] * 20
