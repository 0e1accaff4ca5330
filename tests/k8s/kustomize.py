"""What kustomize makes of a folder, as far as the manifests here use it, without the program.

`test_cluster.py` compares it with kustomize itself where that is there, object by object. Not here: the hash at the end
of a generated ConfigMap's name.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]
KNOWN = {"apiVersion", "kind", "resources", "components", "patches", "images", "namespace", "configMapGenerator"}
MERGED_BY = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
}
"""Lists that a strategic merge joins by a key; any other is replaced."""


@dataclass
class Build:
    """Objects by kind, namespace and name, and the ConfigMaps that are generated at the end."""

    objects: dict[tuple[str, str, str], Object] = field(default_factory=dict)

    def add(self, one: Object) -> None:
        key = identity(one)
        assert key not in self.objects, f"{key} is there twice"
        self.objects[key] = one

    def move(self, namespace: str) -> None:
        """All of it into one namespace; what belongs to none is not used with this."""
        moved = list(self.objects.values())
        self.objects = {}
        for one in moved:
            one["metadata"]["namespace"] = namespace
            self.add(one)


def identity(one: Object) -> tuple[str, str, str]:
    return one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]


def documents(path: Path) -> list[Object]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one is not None]


def kustomization(folder: Path) -> Object:
    """Of a folder; asserts that it uses nothing that is not done here."""
    (found,) = documents(folder / "kustomization.yaml")
    assert set(found) <= KNOWN, f"{folder}: {set(found) - KNOWN} is not known here"
    return found


def build(folder: Path) -> list[Object]:
    """All objects that `kubectl apply -k FOLDER` would apply."""
    made = Build()
    _accumulate(folder, made)
    return list(made.objects.values())


def _accumulate(folder: Path, made: Build) -> None:
    said = kustomization(folder)
    if said["kind"] == "Component":
        _own(folder, said, made)
        return
    mine = Build()
    _own(folder, said, mine)
    for one in mine.objects.values():
        made.add(one)


def _own(folder: Path, said: Object, made: Build) -> None:
    """A Kustomization sees only what it brought itself; a Component all that is there."""
    for name in said.get("resources", []):
        path = (folder / name).resolve()
        if path.is_dir():
            _accumulate(path, made)
        else:
            for one in documents(path):
                made.add(one)
    for generator in said.get("configMapGenerator", []):
        _generate(folder, generator, made)
    for name in said.get("components", []):
        _accumulate((folder / name).resolve(), made)
    for patch in said.get("patches", []):
        _patch(patch, made)
    if "namespace" in said:
        made.move(said["namespace"])
    for image in said.get("images", []):
        for one in made.objects.values():
            for container in containers(one):
                _rename(container, image)


def _generate(folder: Path, generator: Object, made: Build) -> None:
    data: dict[str, str] = {}
    for name in generator.get("envs", []):
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        data |= dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    data |= dict(literal.split("=", 1) for literal in generator.get("literals", []))
    data |= {Path(name).name: (folder / name).read_text(encoding="utf-8") for name in generator.get("files", [])}
    key = ("ConfigMap", generator.get("namespace", ""), generator["name"])
    if generator.get("behavior") == "merge":
        made.objects[key]["data"] |= data
    else:
        metadata: Object = {name: generator[name] for name in ("name", "namespace") if name in generator}
        metadata |= {"labels": labels} if (labels := generator.get("options", {}).get("labels")) else {}
        made.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def _patch(patch: Object, made: Build) -> None:
    target = patch["target"]
    chosen = [
        one
        for (kind, _, name), one in made.objects.items()
        if kind == target["kind"] and re.fullmatch(target.get("name", ".*"), name)
    ]
    assert chosen, f"a patch of {target} finds nothing"
    change = yaml.safe_load(patch["patch"])
    for one in chosen:
        if isinstance(change, list):
            for step in change:
                _step(one, step)
        else:
            merge(
                one, {name: value for name, value in change.items() if name not in ("apiVersion", "kind", "metadata")}
            )


def _step(one: Object, step: Object) -> None:
    """One operation of a JSON patch."""
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].strip("/").split("/")]
    at: Any = one
    for part in path:
        at = at[int(part)] if isinstance(at, list) else at[part]
    if last == "-":
        at.append(copy.deepcopy(step["value"]))
        return
    place: Any = int(last) if isinstance(at, list) else last
    if step["op"] == "remove":
        del at[place]
        return
    assert step["op"] == "add" or place in at, f"{step['path']} is not there to be replaced"
    at[place] = copy.deepcopy(step["value"])


def merge(base: Object, change: Object) -> None:
    """A strategic merge, in place."""
    for name, value in change.items():
        if isinstance(value, dict) and isinstance(base.get(name), dict):
            merge(base[name], value)
        elif isinstance(value, list) and name in MERGED_BY:
            base[name] = _joined(base.get(name, []), value, MERGED_BY[name])
        else:
            base[name] = copy.deepcopy(value)


def _joined(base: list[Object], change: list[Object], key: str) -> list[Object]:
    found = {one[key]: one for one in base}
    added = []
    for one in change:
        if one[key] in found:
            merge(found[one[key]], one)
        else:
            added.append(copy.deepcopy(one))
    return [*added, *base]


def pod_template(one: Object) -> Object | None:
    """What a workload makes its pods of."""
    match one["kind"]:
        case "Deployment" | "StatefulSet" | "Job":
            found: Object = one["spec"]["template"]
            return found
        case "CronJob":
            nested: Object = one["spec"]["jobTemplate"]["spec"]["template"]
            return nested
    return None


def containers(one: Object) -> Iterator[Object]:
    """Of a workload, the initial ones too."""
    template = pod_template(one)
    if template is not None:
        yield from template["spec"].get("initContainers", [])
        yield from template["spec"]["containers"]


def _rename(container: Object, image: Object) -> None:
    name, _, tag = container["image"].partition(":")
    if name != image["name"]:
        return
    tag = image.get("newTag", tag)
    container["image"] = image.get("newName", name) + (f":{tag}" if tag else "")
