"""Certificates of one machine, made by openssl: an authority, its servers and its clients. For tests and trials."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tonewatch.stream.errors import DependencyError, TonewatchError

DAYS = "7"
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(frozen=True)
class Certificate:
    """A certificate and its private key, each a file in PEM; `both` holds key and certificate, as Kafka wants them."""

    certificate: Path
    key: Path
    both: Path


def find_openssl() -> str | None:
    return shutil.which("openssl")


class Authority:
    """A CA whose files lie in `folder`."""

    def __init__(self, folder: Path, name: str = "Tonewatch test CA") -> None:
        """
        Raises:
            DependencyError: there is no openssl.
        """
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self._key = folder / "ca.pem", folder / "ca.key"
        files = ("-keyout", str(self._key), "-out", str(self.certificate))
        _openssl("req", "-x509", *_KEY, "-subj", f"/CN={name}", "-days", DAYS, *files)

    def issue(self, name: str, *, hosts: str = "") -> Certificate:
        """A certificate with the common name `name`, for servers at `hosts` (`IP:127.0.0.1,DNS:localhost`)."""
        stem = self._folder / name
        key, request, made = (stem.with_suffix(end) for end in (".key", ".csr", ".crt"))
        _openssl("req", "-new", *_KEY, "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(request))
        extra = stem.with_suffix(".ext")
        extra.write_text(f"subjectAltName={hosts}\n" if hosts else "extendedKeyUsage=clientAuth\n")
        signed_by = ("-CA", str(self.certificate), "-CAkey", str(self._key), "-CAcreateserial")
        files = ("-in", str(request), "-out", str(made), "-extfile", str(extra))
        _openssl("x509", "-req", *signed_by, "-days", DAYS, *files)
        both = stem.with_suffix(".pem")
        both.write_text(key.read_text() + made.read_text())
        return Certificate(made, key, both)


def _openssl(*words: str) -> None:
    program = find_openssl()
    if program is None:
        raise DependencyError("No openssl on PATH: install it (Debian: apt-get install openssl).")
    done = subprocess.run((program, *words), capture_output=True, text=True, check=False)
    if done.returncode:
        raise TonewatchError(f"openssl {words[0]} failed: {done.stderr.strip().splitlines()[-1:]}")
