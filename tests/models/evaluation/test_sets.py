from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.models.corpora import EMOTIONS, EMOTIONS8, Clip
from tonewatch.models.evaluation.sets import distinct, label_of, read_sets, set_name
from tonewatch.stream.errors import TonewatchError

from .conftest import MakeManifest, write_manifest


def clip(corpus: str, emotion: str = "anger", emotion4: str = "angry", emotion8: str = "angry") -> Clip:
    return Clip(Path("x.flac"), corpus, "s", "", emotion, emotion4, "en", "", 1.0, emotion8=emotion8)


def test_a_manifest_of_one_corpus_is_called_like_it() -> None:
    assert set_name(Path("/somewhere/manifest.csv"), [clip("made"), clip("made")]) == "made"


@pytest.mark.parametrize("corpora", [["one", "two"], [""], []])
def test_any_other_manifest_is_called_like_its_folder(corpora: list[str]) -> None:
    assert set_name(Path("/data/march/manifest.csv"), [clip(name) for name in corpora]) == "march"


def test_the_second_of_a_name_gets_the_next_number_that_is_free() -> None:
    assert distinct(["calls", "calls", "calls-2", "calls"]) == ["calls", "calls-2", "calls-2-2", "calls-3"]


@given(st.lists(st.sampled_from(["a", "a-2", "a-3", "b"]), max_size=12))
def test_no_two_sets_have_one_name(names: list[str]) -> None:
    found = distinct(names)
    assert len(set(found)) == len(names)
    assert all(one.startswith(name) for one, name in zip(found, names, strict=True))


def test_clips_without_a_label_are_counted_and_left_out(make_manifest: MakeManifest) -> None:
    extra = [["a.flac", "made", "made_0", "male", "calm", "", "en", "", 1.0]]
    (one,) = read_sets([make_manifest("one", extra=extra)], EMOTIONS)
    assert (one.name, len(one.clips), one.unlabelled) == ("made", 8, 1)


def test_the_column_of_the_classes_asked_for_is_read() -> None:
    calm = clip("made", "calm", "", "calm")
    assert label_of(calm, EMOTIONS) is None
    assert label_of(calm, EMOTIONS8) == EMOTIONS8.index("calm")
    assert label_of(calm, ("calm", "excited")) == 0


def test_a_broken_manifest_is_named_with_its_line_and_column(tmp_path: Path) -> None:
    good = ["a.flac", "made", "s", "male", "anger", "angry", "en", "", 1.0]
    path = write_manifest(tmp_path, [good, [*good[:5], "furious", *good[6:]]])
    with pytest.raises(TonewatchError, match=r"manifest\.csv.*line 3.*emotion4"):
        read_sets([path], EMOTIONS)
