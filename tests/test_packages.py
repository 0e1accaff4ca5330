"""What is installed: the lock is whole and fits pyproject.toml, and no environment gets two builds of onnxruntime."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

LOCKS = {
    "demo": ("demo",),
    "test": ("test",),
    "train": ("test", "train"),
    "gpu": ("gpu", "asr"),
    "image-cpu": ("cpu", "asr", "postgres"),
    "image-cuda": ("gpu", "asr", "postgres"),
}
"""Each lock and the extras that it holds, as in the Makefile."""

TOOLS = ("installer", "node")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64", "aarch64")
BOTH_BUILDS = {"onnxruntime", "onnxruntime-gpu"}
WITH_CPU_BUILD = {"cpu", "demo", "test", "synthesis"}
"""Extras that say so; with any other of them `gpu` may be installed."""


def locked(name: str) -> Iterator[tuple[Requirement, int]]:
    """Each entry of a lock, and how many hashes it has."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield Requirement(re.sub(r"\s+--hash=\S+", "", line)), line.count("--hash=sha256:")


def environment(python: str, machine: str) -> dict[str, str]:
    """Markers of CPython on Linux."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": machine,
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
        "extra": "",
    }


def holds(marker: Marker | None, where: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(dict(where))


def pins(name: str, python: str, machine: str) -> dict[str, str]:
    """Package and version that a lock installs there."""
    chosen = [entry for entry, _ in locked(name) if holds(entry.marker, environment(python, machine))]
    names = [canonicalize_name(entry.name) for entry in chosen]
    assert len(names) == len(set(names)), f"requirements/{name}.txt has a package twice on Python {python}, {machine}"
    return {canonicalize_name(entry.name): str(entry.specifier).removeprefix("==") for entry in chosen}


def wanted(*extras: str) -> Iterator[Requirement]:
    """What pyproject.toml asks for with these extras, those that name others of ours followed."""
    for line in [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]:
        requirement = Requirement(line)
        if requirement.name == PROJECT["name"]:
            yield from wanted(*requirement.extras)
        else:
            yield requirement


@pytest.mark.parametrize("name", [*LOCKS, *TOOLS])
def test_each_package_of_a_lock_is_one_version_with_hashes_and_no_host_is_named(name: str) -> None:
    for entry, hashes in locked(name):
        assert re.fullmatch(r"==[^*,]+", str(entry.specifier)), f"{entry} is not pinned"
        assert hashes, f"{entry} has no hash"
    assert "://" not in (ROOT / "requirements" / f"{name}.txt").read_text()


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_fits_what_pyproject_asks_for(name: str, python: str, machine: str) -> None:
    versions = pins(name, python, machine)
    for requirement in wanted(*LOCKS[name]):
        if holds(requirement.marker, environment(python, machine)):
            version = versions.get(canonicalize_name(requirement.name))
            assert version is not None, f"requirements/{name}.txt lacks {requirement}: run make lock"
            assert requirement.specifier.contains(version, prereleases=True), (
                f"requirements/{name}.txt has {version} and pyproject.toml wants {requirement}: run make lock"
            )


@pytest.mark.parametrize("python", PYTHONS)
def test_a_package_has_the_same_version_in_every_lock_of_the_demo_and_the_tests(python: str) -> None:
    demo, test, train = (pins(name, python, "x86_64") for name in ("demo", "test", "train"))
    assert demo.items() <= test.items() <= train.items()


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_has_both_builds_of_onnxruntime(name: str, python: str) -> None:
    build = "onnxruntime-gpu" if "gpu" in LOCKS[name] else "onnxruntime"
    assert BOTH_BUILDS & pins(name, python, "x86_64").keys() == {build}


def needed_by(requirement: Requirement, seen: set[str]) -> set[str]:
    """Names of all that an installed package needs, by its metadata; what is not installed needs nothing."""
    name = canonicalize_name(requirement.name)
    if f"{name}{sorted(requirement.extras)}" in seen:
        return set()
    seen.add(f"{name}{sorted(requirement.extras)}")
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        lines = []
    names: set[str] = {name}
    for needs in map(Requirement, lines):
        if any(needs.marker is None or needs.marker.evaluate({"extra": extra}) for extra in ("", *requirement.extras)):
            names |= needed_by(needs, seen)
    return names


@pytest.mark.parametrize("extra", sorted(EXTRAS.keys() - WITH_CPU_BUILD))
def test_an_extra_that_may_stand_beside_gpu_brings_no_build_for_the_cpu(extra: str) -> None:
    names = set().union(*(needed_by(requirement, set()) for requirement in wanted(extra)))
    assert "onnxruntime" not in names, f"tonewatch[gpu,{extra}] would install onnxruntime over onnxruntime-gpu"


@pytest.mark.parametrize("extra", sorted(WITH_CPU_BUILD))
def test_an_extra_with_the_build_for_the_cpu_does_not_bring_the_other(extra: str) -> None:
    names = {canonicalize_name(requirement.name) for requirement in wanted(extra)}
    assert names & BOTH_BUILDS == {"onnxruntime"}


@pytest.fixture(scope="module")
def resolved(timeout_factor: float) -> dict[str, subprocess.CompletedProcess[str] | None]:
    """What uv says of the lock on each Python, asked all at once, since the registry is waited for; None: too late."""
    uv = Path(sys.executable).with_name("uv")
    if not uv.is_file():
        pytest.skip("no uv in this environment: make installs it")

    def ask(python: str) -> subprocess.CompletedProcess[str] | None:
        options = ["--quiet", "--no-header", "--python-version", python, "--python-platform", "x86_64-manylinux_2_28"]
        command = [str(uv), "pip", "compile", *options, "--only-binary", ":all:", "requirements/test.txt"]
        try:
            return subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120 * timeout_factor
            )
        except subprocess.TimeoutExpired:
            return None

    with ThreadPoolExecutor() as pool:
        return dict(zip(PYTHONS, pool.map(ask, PYTHONS), strict=True))


@pytest.mark.parametrize("python", PYTHONS)
def test_all_that_is_locked_for_the_tests_has_a_wheel_for_this_python(
    python: str, resolved: dict[str, subprocess.CompletedProcess[str] | None]
) -> None:
    done = resolved[python]
    if done is None:
        pytest.skip("the package registry does not answer")
    if done.returncode and re.search(r"failed to fetch|error sending request|dns error|connect", done.stderr, re.I):
        pytest.skip(f"the package registry cannot be reached: {done.stderr.strip().splitlines()[0]}")
    assert done.returncode == 0, done.stderr
