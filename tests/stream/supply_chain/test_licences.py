"""What is installed has a licence that we know of, and so has what is bundled in it."""

from __future__ import annotations

from importlib.metadata import distribution

import pytest

from tonewatch.stream.supply_chain.licences import UNKNOWN, Licensed, installed, library_name, page


def test_what_is_bundled_in_pyav_is_named_with_its_licence_and_some_of_it_is_gpl() -> None:
    pytest.importorskip("av")
    (found,) = installed([distribution("av")])
    bundled = dict(found.bundled)
    assert {"avcodec", "x264", "opencore-amrnb"} <= bundled.keys()
    assert UNKNOWN not in bundled.values(), bundled
    assert found.is_copyleft and bundled["x264"] == "GPL-2.0-or-later"


def test_no_library_that_a_package_of_the_demo_brings_along_is_unknown() -> None:
    unknown = {f"{one.name}: {name}" for one in installed() for name, said in one.bundled if said == UNKNOWN}
    assert unknown == set()


def test_what_is_installed_is_listed_once_without_ourselves() -> None:
    names = [one.name.lower() for one in installed()]
    assert len(names) == len(set(names)) > 50
    assert "numpy" in names and "tonewatch" not in names


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("libx264-d6533a8d.so.165", "x264"),
        ("libopencore-amrnb-d72c52e2.so.0.0.5", "opencore-amrnb"),
        ("libxcb-shape-7716c890.so.0.0.0", "xcb-shape"),
        ("libgfortran-040039e1-0352e75f.so.5.0.0", "gfortran"),
    ],
)
def test_a_library_is_known_by_its_name_without_hashes_and_versions(file: str, name: str) -> None:
    assert library_name(file) == name


def test_the_page_names_what_reaches_beyond_itself_and_what_says_nothing() -> None:
    text = page(
        [Licensed("a", "1", "MIT"), Licensed("b", "2", UNKNOWN), Licensed("c", "3", "MIT", (("x264", "GPL-2.0"),))]
    )
    assert "bundled in it: c." in text and "Without a word on it: b." in text
    assert "| c | 3 | MIT | x264 (GPL-2.0) |" in text
