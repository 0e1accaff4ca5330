"""The overlays, and their objects as kustomize would make them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from .kustomize import Object, build, pod_template

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
K8S = ROOT / "k8s"

INSTALLED = ("dev", "prod-cpu", "prod-gpu")
OVERLAYS = {
    **{name: K8S / "overlays" / name for name in INSTALLED},
    **{
        name: HERE / "overlays" / name
        for name in (
            "weights",
            "canary",
            "gpu-mig",
            "gpu-time-slicing",
            "notify",
            "door",
            "review",
            "call-keys",
            "retention",
        )
    },
}
"""What is installed, and what only the tests build: an overlay for each component that those have not."""

OURS = ("tonewatch", "tonewatch-cuda", "tonewatch-weights")


@cache
def objects(overlay: str) -> list[Object]:
    return build(OVERLAYS[overlay])


def of_kind(overlay: str, *kinds: str) -> dict[str, Object]:
    """Objects of these kinds by name."""
    return {one["metadata"]["name"]: one for one in objects(overlay) if one["kind"] in kinds}


def workloads(overlay: str) -> dict[str, Object]:
    """All that has pods of its own."""
    return {one["metadata"]["name"]: one for one in objects(overlay) if pod_template(one) is not None}


def pod_spec(one: Object) -> Object:
    template = pod_template(one)
    assert template is not None
    found: Object = template["spec"]
    return found


def role_containers(overlay: str) -> dict[str, tuple[Object, Object]]:
    """Workload and container of each role of ours, by the workload's name."""
    return {
        name: (one, container)
        for name, one in workloads(overlay).items()
        for container in pod_spec(one)["containers"]
        if container["image"].partition(":")[0] in OURS
    }


def environment(overlay: str, container: Object) -> dict[str, str | None]:
    """Variables of a container; null where a Secret or the pod gives the value."""
    found: dict[str, str | None] = {}
    for source in container.get("envFrom", []):
        found |= of_kind(overlay, "ConfigMap")[source["configMapRef"]["name"]]["data"]
    for one in container.get("env", []):
        found[one["name"]] = one.get("value")
    return found


def shared_settings(overlay: str) -> dict[str, Any]:
    data: dict[str, Any] = of_kind(overlay, "ConfigMap")["tonewatch-settings"]["data"]
    return data
