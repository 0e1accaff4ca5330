"""The lock is read whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.errors import DataError
from tonewatch.stream.supply_chain.lock import Locked, read_package_lock, read_requirements

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", ["demo", "test", "train", "gpu", "image-cpu", "image-cuda"])
def test_every_pin_of_the_lock_is_found_with_its_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    found = read_requirements(ROOT / "requirements" / f"{name}.txt")
    assert len(found) == sum("==" in line and not line.startswith((" ", "#")) for line in text.splitlines()) > 40
    assert sum(len(one.sha256) for one in found) == text.count("--hash=sha256:")


def test_the_pages_packages_are_found_and_those_that_only_build_it_told_apart() -> None:
    file = ROOT / "dashboard" / "web" / "package-lock.json"
    every, shipped = read_package_lock(file), read_package_lock(file, dev=False)
    assert {"preact", "vite"} <= {one.name for one in every}
    assert "preact" in {one.name for one in shipped} and "vite" not in {one.name for one in shipped}


def test_a_pin_without_a_hash_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "lock.txt"
    file.write_text("a==1 \\\n    --hash=sha256:" + "0" * 64 + "\nb==2\n")
    with pytest.raises(DataError, match="pins b without a hash"):
        read_requirements(file)


@pytest.mark.parametrize("text", ["", "# nothing\n", "[1, 2]"])
def test_a_file_that_pins_nothing_is_refused(tmp_path: Path, text: str) -> None:
    for name, read in (("lock.txt", read_requirements), ("lock.json", read_package_lock)):
        (tmp_path / name).write_text(text)
        with pytest.raises(DataError):
            read(tmp_path / name)


def test_a_package_has_the_address_that_bills_of_materials_know() -> None:
    assert Locked("npm", "@scope/name", "1.0").purl == "pkg:npm/%40scope/name@1.0"
    assert Locked("PyPI", "numpy", "2.0").purl == "pkg:pypi/numpy@2.0"
