"""The lock as a bill of materials: CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/), the same for the same lock."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tonewatch.stream.service.metrics import release
from tonewatch.stream.supply_chain.lock import Locked

SPEC: Final = "1.5"
_NAMESPACE: Final = uuid.UUID("7c0f5a52-6f0e-4d35-9a0e-0b8a2d9d4c11")


def bill(
    packages: Iterable[Locked], weights: Iterable[Path], licences: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """`licences` by the name of a package, where the lock does not say them."""
    known = licences or {}
    parts = [_package(one, one.licence or known.get(one.name, "")) for one in sorted(set(packages))]
    parts += [_weights(file) for file in sorted(weights)]
    content = json.dumps(parts, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        # Of the content: two bills of one lock are one.
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, content)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "tonewatch",
                "name": "tonewatch",
                "version": release() or "0",
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": parts,
    }


def _package(one: Locked, licence: str) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": one.purl,
        "name": one.name,
        "version": one.version,
        "purl": one.purl,
    }
    if one.sha256:
        # A hash for each file of the version: which one is installed depends on the platform.
        component["externalReferences"] = [
            {
                "type": "distribution",
                "url": one.purl,
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in one.sha256],
            }
        ]
    if licence:
        component["licenses"] = [{"license": {"name": licence}}]
    return component


def _weights(file: Path) -> dict[str, Any]:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return {
        "type": "machine-learning-model",
        "bom-ref": f"weights/{file.name}",
        "name": file.name,
        "version": digest[:12],
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }
