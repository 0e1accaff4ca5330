"""The bill of materials holds the whole lock and every file of weights."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from typer.testing import CliRunner

from tonewatch.models.shipped_weights import folder
from tonewatch.stream.supply_chain.lock import read_requirements
from tonewatch.stream.supply_chain.sbom import bill
from tonewatch.stream.supply_chain.supply_chain_command import supply_chain

ROOT = Path(__file__).resolve().parents[3]
LOCK = ROOT / "requirements" / "demo.txt"


def test_every_locked_package_and_every_weight_is_in_the_bill_with_its_hash(tmp_path: Path) -> None:
    out = tmp_path / "sbom.json"
    page_lock = ROOT / "dashboard" / "web" / "package-lock.json"
    arguments = ["sbom", "--lock", str(LOCK), "--lock", str(page_lock), "--out", str(out)]
    assert CliRunner().invoke(supply_chain, arguments).exit_code == 0
    made = json.loads(out.read_text())
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    refs = [one["bom-ref"] for one in made["components"]]
    assert len(refs) == len(set(refs))
    assert {one.purl for one in read_requirements(LOCK)} <= set(refs)
    weights = {one["name"]: one["hashes"][0]["content"] for one in made["components"] if one["type"] != "library"}
    file = folder() / "full.bin"
    assert weights[file.name] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_two_bills_of_one_lock_are_the_same_and_of_another_are_not() -> None:
    packages = read_requirements(LOCK)
    assert bill(packages, []) == bill(reversed(packages), [])
    assert bill(packages, [])["serialNumber"] != bill(packages[1:], [])["serialNumber"]
