"""Every reason for which a segment is not judged has a text on the page, and no other word has one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from tonewatch.workers.audio.quality import AbstainReason

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "dashboard" / "web" / "src" / "words.ts"


def texts() -> set[str]:
    """The reasons that the page has a text for."""
    table = re.search(r"export const ABSTENTIONS[^=]*= \{(.*?)\n\};", WORDS.read_text(), re.DOTALL)
    assert table
    return set(re.findall(r"^  (\w+):", table[1], re.MULTILINE))


def given(tree: ast.Module) -> Iterator[ast.expr]:
    """What a module assigns or passes as `abstained`, and what it calls `abstain` with."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="abstained", value=value):
                yield value
            case ast.Assign(targets=[ast.Name(id="abstained")], value=value):
                yield value
            case ast.AnnAssign(target=ast.Name(id="abstained"), value=ast.expr() as value):
                yield value
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name.strip("_") == "abstain":
                yield from args


def words(value: ast.expr, constants: dict[str, str]) -> Iterator[str]:
    """The strings that an expression may give: of constants, of module constants by name, of `or`, of `if else`."""
    match value:
        case ast.Constant(value=str(word)):
            yield word
        case ast.Name(id=name) if name in constants:
            yield constants[name]
        case ast.BoolOp(values=values):
            for each in values:
                yield from words(each, constants)
        case ast.IfExp(body=body, orelse=orelse):
            yield from words(body, constants)
            yield from words(orelse, constants)


def reasons(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return {word for value in given(tree) for word in words(value, constants)}


def test_every_reason_of_listener_and_monitor_has_a_text_and_no_other_has() -> None:
    sources = [path for room in ("stream", "workers") for path in (ROOT / room).rglob("*.py")]
    found = set(get_args(AbstainReason)).union(*(reasons(path) for path in sources))
    assert {"learning_baseline", "no_model", "too_quiet", "mixed_channel", "analysis_failed", "unsure"} <= found
    assert texts() == found - {""}  # the metrics' label of a segment that is judged


def test_the_search_finds_constants_alternatives_and_defaults(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        'MIXED = "mixed_channel"\n'
        "abstained = MIXED\n"
        'Tone(abstained=None if judged else "learning")\n'
        '_abstain(a, b.c or "d")\n'
    )
    assert reasons(module) == {"mixed_channel", "learning", "d"}
