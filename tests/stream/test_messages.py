"""The package of the messages: one module a noun, every name of them in the package itself."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tonewatch.stream import messages

NO_MESSAGES = {"asyncapi", "compatibility", "meanings", "page", "registry", "renewal", "schema", "schemas_command"}
"""What is made from the messages."""

NAMES = [module.name for module in pkgutil.iter_modules(messages.__path__) if module.name not in NO_MESSAGES]
MODULES = [importlib.import_module(f"{messages.__name__}.{name}") for name in NAMES]


def public_names(module: ast.Module) -> Iterator[str]:
    """Classes, functions, and types that are given a name."""
    for node in module.body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) if not name.startswith("_"):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) if name[0].isupper() and not name.isupper():
                yield name


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_class_of_a_module_is_exported_by_the_package(module: ModuleType) -> None:
    own = set(public_names(ast.parse(Path(str(module.__file__)).read_text())))
    assert own
    assert own <= set(messages.__all__)


def test_what_the_package_exports_is_there() -> None:
    assert [name for name in messages.__all__ if not hasattr(messages, name)] == []
