"""A Kubernetes API server with its store, on loopback: it takes objects and keeps them, and no controller runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tonewatch.stream.local.servers import free_port

TOKEN = "loopback"
PROGRAMS = ("etcd", "kube-apiserver", "kubectl", "compose-check")


def find_programs() -> Path | None:
    """The folder that `prepare.py` filled: TONEWATCH_TEST_K8S, or `k8s` in the environment of this Python."""
    folder = Path(os.environ.get("TONEWATCH_TEST_K8S") or Path(sys.prefix) / "k8s")
    whole = (folder / ".made").is_file() and all((folder / "bin" / name).is_file() for name in PROGRAMS)
    return folder if whole else None


class Refused(Exception):
    """The API server does not take something; the text is what it says."""


class Cluster:
    """Started by `with`. `folder` is that of `prepare.py`, `data` an empty one for what is kept."""

    def __init__(self, folder: Path, data: Path, *, start_s: float = 60.0) -> None:
        self._folder = folder
        self._data = data
        self._start_s = start_s
        self._processes: list[subprocess.Popen[bytes]] = []
        self._port = 0

    def __enter__(self) -> Self:
        try:
            store = self._start_store()
            self._start_server(store)
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def kubectl(self, *arguments: str, stdin: str = "") -> tuple[str, str]:
        """What kubectl prints, and what it warns of.

        Raises:
            Refused: it fails.
        """
        to = ("--server", f"https://127.0.0.1:{self._port}", "--token", TOKEN, "--insecure-skip-tls-verify")
        # A home of its own: what somebody has configured there is not meant.
        home = {**os.environ, "HOME": str(self._data), "KUBECONFIG": os.devnull}
        command = [str(self._folder / "bin" / "kubectl"), *to, *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=home, check=False)
        if done.returncode:
            raise Refused(done.stderr.strip())
        return done.stdout, done.stderr.strip()

    def apply(self, objects: list[dict[str, Any]], *, dry_run: bool = False) -> tuple[list[str], str]:
        """Names as kubectl prints them, and warnings; every field must be one that the server knows."""
        text = yaml.safe_dump_all(objects)
        options = ("--server-side", "--force-conflicts", "--validate=true", "--output", "name", "--filename", "-")
        printed, warnings = self.kubectl("apply", *options, *(["--dry-run=server"] if dry_run else []), stdin=text)
        return printed.split(), warnings

    def install_definitions(self) -> int:
        """Of every operator; how many there are."""
        folder = self._folder / "crds"
        self.kubectl("apply", "--server-side", "--force-conflicts", "--filename", str(folder))
        self.kubectl("wait", "--for=condition=Established", "customresourcedefinition", "--all", "--timeout=60s")
        return len(json.loads(self.kubectl("get", "customresourcedefinition", "--output", "json")[0])["items"])

    def _start_store(self) -> str:
        client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self._start(
            "etcd",
            f"--data-dir={self._data / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
        )
        return client

    def _start_server(self, store: str) -> None:
        key, tokens = self._data / "service-accounts.key", self._data / "tokens.csv"
        subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], capture_output=True, check=True)
        tokens.write_text(f'{TOKEN},tester,tester,"system:masters"\n')
        self._port = free_port()
        self._start(
            "kube-apiserver",
            f"--etcd-servers={store}",
            f"--secure-port={self._port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--cert-dir={self._data / 'certificates'}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=AlwaysAllow",
            "--service-account-issuer=https://loopback",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-cluster-ip-range=10.96.0.0/16",
        )

    def _start(self, program: str, *arguments: str) -> None:
        with (self._data / f"{program}.log").open("wb") as log:
            command = [str(self._folder / "bin" / program), *arguments]
            self._processes.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self._data))

    def _wait(self) -> None:
        deadline = time.monotonic() + self._start_s
        while True:
            try:
                self.kubectl("get", "--raw", "/readyz")
            except Refused as error:
                ended = [process.args for process in self._processes if process.poll() is not None]
                if ended or time.monotonic() > deadline:
                    log = (self._data / "kube-apiserver.log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"No API server ({error}); ended: {ended}; its log:\n{log}") from error
                time.sleep(0.3)
            else:
                return

    def _stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
