from __future__ import annotations

import re

from tonewatch.stream import errors
from tonewatch.stream.errors import BadRecord, TonewatchError


def below(kind: type[Exception]) -> dict[str, str]:
    """Each class of the tree with its parent."""
    return {sub.__name__: kind.__name__ for sub in kind.__subclasses__()} | {
        name: parent for sub in kind.__subclasses__() for name, parent in below(sub).items()
    }


def test_the_drawn_tree_is_the_tree() -> None:
    drawn: dict[str, str] = {}
    parents = ["TonewatchError"]
    for line in re.findall(r"^    ([ │├└─]+\w+)", errors.__doc__ or "", re.M):
        depth = (len(line) - len(line.lstrip(" │├└─"))) // 4
        name = line.lstrip(" │├└─")
        drawn[name] = parents[depth - 1]
        parents[depth:] = [name]
    ours = {name: parent for name, parent in below(TonewatchError).items() if hasattr(errors, name)}
    assert drawn == ours


def test_each_kind_of_bad_record_is_counted_under_its_own_reason_unless_it_names_one() -> None:
    kinds = BadRecord.__subclasses__()
    assert len({kind("why").reason for kind in kinds}) == len(kinds)
    assert {kind("why", reason="late").reason for kind in kinds} == {"late"}
