from __future__ import annotations

import pytest

from tonewatch.stream.yaml_tree import TreeFault, line_of, near, part, place_of, plain, tree_of

TEXT = """version: 1
# a remark
routes:
  all:
    to: [crm]
    escalate:
      - after_s: 60
      - after_s: 0x5A
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [((), 1), (("routes",), 3), (("routes", "all", "escalate", "1"), 8), (("routes", "all", "nothing"), 4)],
)
def test_the_deepest_part_that_is_there_says_the_line(place: tuple[str, ...], line: int) -> None:
    assert line_of(tree_of(TEXT), place) == line


def test_values_are_plain_whatever_way_they_are_written() -> None:
    found = plain(tree_of(TEXT))
    assert found["routes"]["all"]["escalate"][1] == {"after_s": 90}
    assert type(found["routes"]["all"]["escalate"][1]["after_s"]) is int
    assert part(part(found, "routes"), "all")["to"] == ["crm"] and part(["a"], "1") is None and part(3, "x") is None


@pytest.mark.parametrize("value", ["!at -0.5", "=", "2001-01-01", "!!set {a, b}"])
def test_a_value_of_a_kind_that_no_file_has_is_a_text(value: str) -> None:
    assert isinstance(plain(tree_of(f"a: {value}\n"))["a"], str)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a: 1\na: 2\n", 2, "`a` stands here a second time"),
        ("a: [1\n", 2, "not YAML"),
        ("- 1\n", 1, "must be a mapping"),
        ("", 1, "must be a mapping"),
        ("a: \x01\n", 1, "not YAML"),
        ("? b:\n   - 1\n", 1, "a list as a key"),
        ("a: 1\n{to: [b]}:\n", 1, "a list as a key"),
        ("{a: {b: " * 3000, 1, ""),
    ],
)
def test_what_is_no_mapping_is_told_with_its_line(text: str, line: int, told: str) -> None:
    with pytest.raises(TreeFault) as fault:
        tree_of(text)
    assert fault.value.line == line and told in fault.value.text


def test_a_path_of_msgspecs_is_its_keys_and_whoever_knows_is_asked_for_the_others() -> None:
    asked = []

    def first(place: tuple[str, ...], node: object) -> str:
        asked.append((place, plain(node)))
        return "all"

    assert place_of(tree_of(TEXT), ".routes[...].escalate[1].after_s", first) == (
        "routes",
        "all",
        "escalate",
        "1",
        "after_s",
    )
    ((place, node),) = asked
    assert place == ("routes",) and list(node) == ["all"]


def test_a_name_that_is_nearly_one_is_suggested() -> None:
    assert near("querys", ["queries", "to"]) == "; did you mean `queries`?"
    assert near("zzz", ["a", "b"]) == "; known are a, b" and near("zzz", []) == "; known are none"
