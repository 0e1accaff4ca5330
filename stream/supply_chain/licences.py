"""Licences of everything that is installed: what packages say of themselves, and libraries bundled in their wheels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from typing import Final

UNKNOWN: Final = "not said"

BUNDLED: Final[dict[str, str]] = {
    "Xau": "MIT",
    "asound": "LGPL-2.1-or-later",
    "avcodec": "GPL-3.0-or-later (FFmpeg, built with x264 and x265)",
    "avdevice": "GPL-3.0-or-later (FFmpeg, as built)",
    "avfilter": "GPL-3.0-or-later (FFmpeg, as built)",
    "avformat": "GPL-3.0-or-later (FFmpeg, as built)",
    "avutil": "GPL-3.0-or-later (FFmpeg, as built)",
    "swresample": "GPL-3.0-or-later (FFmpeg, as built)",
    "swscale": "GPL-3.0-or-later (FFmpeg, as built)",
    "SvtAv1Enc": "BSD-3-Clause-Clear",
    "com_err": "MIT",
    "crypt": "LGPL-2.1-or-later",
    "ctranslate2": "MIT",
    "crypto": "Apache-2.0 (OpenSSL 3)",
    "dav1d": "BSD-2-Clause",
    "drm": "MIT",
    "gfortran": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "gmp": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "gnutls": "LGPL-2.1-or-later",
    "gomp": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "gssapi_krb5": "MIT (Kerberos)",
    "hogweed": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "iomp5": "Apache-2.0 WITH LLVM-exception",
    "k5crypto": "MIT (Kerberos)",
    "keyutils": "LGPL-2.1-or-later",
    "krb5": "MIT (Kerberos)",
    "krb5support": "MIT (Kerberos)",
    "lber": "OLDAP-2.8",
    "ldap": "OLDAP-2.8",
    "mp3lame": "LGPL-2.0-or-later",
    "nettle": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "opencore-amrnb": "Apache-2.0",
    "opencore-amrwb": "Apache-2.0",
    "opus": "BSD-3-Clause",
    "pcre": "BSD-3-Clause",
    "pq": "PostgreSQL",
    "quadmath": "LGPL-2.1-or-later",
    "sasl2": "BSD-4-Clause (Cyrus SASL)",
    "scipy_openblas": "BSD-3-Clause",
    "selinux": "public domain",
    "sharpyuv": "BSD-3-Clause",
    "ssl": "Apache-2.0 (OpenSSL 3)",
    "unistring": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "vpl": "MIT",
    "vpx": "BSD-3-Clause",
    "webp": "BSD-3-Clause",
    "webpmux": "BSD-3-Clause",
    "x264": "GPL-2.0-or-later",
    "x265": "GPL-2.0-or-later",
    "xcb": "MIT",
    "xcb-shape": "MIT",
    "xcb-shm": "MIT",
    "xcb-xfixes": "MIT",
    "z": "Zlib",
}
"""By the library's name, as its own sources say; wheels do not tell. What a build switched on decides for FFmpeg."""

_LIBRARY = re.compile(r"(?:lib)?([A-Za-z0-9_+-]+?)(?:64_)?(?:-[0-9a-f]{8,})*(?:-[0-9.]+)?\.(?:so|dylib|dll)[0-9.]*$")


@dataclass(frozen=True, order=True)
class Licensed:
    """`bundled`: libraries that lie in the wheel, each with its licence."""

    name: str
    version: str
    licence: str
    bundled: tuple[tuple[str, str], ...] = ()

    @property
    def is_copyleft(self) -> bool:
        """Does anything of it bear a licence that reaches beyond itself, the exceptions for runtimes left out?"""
        all_said = [self.licence, *(licence for _, licence in self.bundled)]
        return any(re.search(r"\bA?GPL", said) and "exception" not in said for said in all_said)


def installed(found: Iterable[Distribution] | None = None) -> list[Licensed]:
    """Every package of this environment but our own, by name."""
    known = {
        one.metadata["Name"].lower(): Licensed(one.metadata["Name"], one.version, licence_of(one), bundled_in(one))
        for one in (distributions() if found is None else found)
        if one.metadata["Name"] and one.metadata["Name"].lower() != "tonewatch"
    }
    return [known[name] for name in sorted(known)]


def licence_of(package: Distribution) -> str:
    """SPDX expression where the package has one, else its classifiers, else the first line of what it says."""
    told = package.metadata
    if "License-Expression" in told:
        return told["License-Expression"]
    classifiers = [str(one) for one in told.get_all("Classifier") or () if str(one).startswith("License ::")]
    names = [one.rpartition("::")[2].strip() for one in classifiers if not one.endswith("OSI Approved")]
    if names:
        return ", ".join(names)
    said = told["License"].strip() if "License" in told else ""
    return said.splitlines()[0][:80] if said else UNKNOWN


def bundled_in(package: Distribution) -> tuple[tuple[str, str], ...]:
    """Shared libraries in the folders that wheels keep for those of others (`NAME.libs`)."""
    files = [file.name for file in package.files or () if ".libs/" in file.as_posix() or ".dylibs/" in file.as_posix()]
    names = {library_name(name) for name in files if re.search(r"\.(?:so|dylib|dll)", name)}
    return tuple((name, BUNDLED.get(name, UNKNOWN)) for name in sorted(names))


def library_name(file: str) -> str:
    """
    >>> library_name("libx264-d6533a8d.so.165"), library_name("libscipy_openblas64_-3fd10cf7.so")
    ('x264', 'scipy_openblas')
    """
    match = _LIBRARY.match(file)
    return match[1] if match else file


def page(packages: Iterable[Licensed]) -> str:
    """As Markdown, in the form of LICENSES-THIRD-PARTY.md."""
    rows = list(packages)
    lines = ["| package | version | licence | bundled in its wheel |", "|---|---|---|---|"]
    for one in rows:
        bundled = ", ".join(f"{name} ({licence})" for name, licence in one.bundled)
        lines.append(f"| {one.name} | {one.version} | {_cell(one.licence)} | {_cell(bundled)} |")
    unknown = [one.name for one in rows if one.licence == UNKNOWN or any(said == UNKNOWN for _, said in one.bundled)]
    copyleft = [one.name for one in rows if one.is_copyleft]
    return "\n".join(
        [
            "# Licences of what is installed\n",
            f"{len(rows)} packages of one environment, by `tonewatch supply-chain licences`. Ours is Apache-2.0.\n",
            f"Copyleft, in the package or bundled in it: {', '.join(copyleft) or 'none'}.",
            f"Without a word on it: {', '.join(unknown) or 'none'}.\n",
            *lines,
            "",
        ]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
