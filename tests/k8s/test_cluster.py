"""A real API server, with the operators' definitions, takes every object of every overlay: `make test-k8s`."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .cluster import Cluster, Refused, find_programs
from .kustomize import Object, identity, pod_template
from .overlays import K8S, OVERLAYS, objects

pytestmark = pytest.mark.integration

HOW_TO_GET_IT = (
    "no API server: make test-k8s builds one (Go, about ten minutes), or TONEWATCH_TEST_K8S names its folder"
)
GENERATED = re.compile(r"(tonewatch-settings|redis-scripts)-[a-z0-9]{10}\b")
"""The hash that kustomize puts behind the names of generated ConfigMaps."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, timeout_factor: float) -> Iterator[Cluster]:
    folder = find_programs()
    if folder is None:
        pytest.skip(HOW_TO_GET_IT)
    with Cluster(folder, tmp_path_factory.mktemp("cluster"), start_s=60 * timeout_factor) as made:
        assert made.install_definitions() > 20
        # Where the operator of GPUs is; it is not ours to make.
        made.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gpu-operator"}}])
        yield made


def kustomized(cluster: Cluster, overlay: str) -> list[Object]:
    printed = cluster.kubectl("kustomize", str(OVERLAYS[overlay]))[0]
    return [one for one in yaml.safe_load_all(printed) if one]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kustomize_itself_makes_the_objects_that_the_other_tests_look_at(cluster: Cluster, overlay: str) -> None:
    real = yaml.safe_load(GENERATED.sub(r"\1", yaml.safe_dump(kustomized(cluster, overlay))))
    assert {identity(one): one for one in real} == {identity(one): one for one in objects(overlay)}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_api_server_takes_every_object_and_warns_of_nothing(
    cluster: Cluster, overlay: str, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = kustomized(cluster, overlay)
    namespaces = [one for one in wanted if one["kind"] == "Namespace"]
    cluster.apply(namespaces)
    names, warnings = cluster.apply(wanted)
    assert len(names) == len(wanted) and warnings == ""
    assert cluster.apply(wanted)[0] == names  # a second time changes nothing, and is taken too
    counts = Counter(one["kind"] for one in wanted)
    with capsys.disabled():
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        sys.stdout.write(f"\n{overlay}: {len(names)} objects: {said}\n")
    record_property("objects", len(names))
    pods = [pod for one in wanted for pod in pods_of(one)]
    assert len(cluster.apply(pods, dry_run=True)[0]) == len(pods) >= 6
    _remove(cluster, wanted)


def pods_of(one: Object) -> list[Object]:
    """A pod as a controller would make it: only then is it asked whether it may be."""
    template = pod_template(one)
    if template is None:
        return []
    metadata = {"namespace": "tonewatch", "name": f"{one['metadata']['name']}-0", **template["metadata"]}
    return [{"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}]


def _remove(cluster: Cluster, wanted: list[Object]) -> None:
    """The next overlay begins in an empty namespace. No controller is there to let go of a claim."""
    for one in wanted:
        if one["kind"] == "PersistentVolumeClaim":
            one = {**one, "metadata": {**one["metadata"], "finalizers": []}}
            name = ("persistentvolumeclaim", one["metadata"]["name"], "--namespace", "tonewatch")
            cluster.kubectl("patch", *name, "--type=merge", "--patch", '{"metadata":{"finalizers":null}}')
    rest = [one for one in wanted if one["kind"] != "Namespace"]
    cluster.kubectl("delete", "--wait=false", "--filename", "-", stdin=yaml.safe_dump_all(rest))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"spec": {"replicas": 1, "replicaz": 2}}, "replicaz"),
        ({"apiVersion": "apps/v1beta1"}, "no matches for kind"),
    ],
)
def test_what_the_api_server_does_not_know_is_refused(cluster: Cluster, change: Object, says: str) -> None:
    (namespace,) = [one for one in objects("dev") if one["kind"] == "Namespace"]
    cluster.apply([namespace])
    (good,) = [one for one in objects("dev") if identity(one) == ("Deployment", "tonewatch", "explain")]
    with pytest.raises(Refused, match=says):
        cluster.apply([{**good, **change, "spec": {**good["spec"], **change.get("spec", {})}}])


def test_a_pod_that_asks_for_more_than_it_needs_is_refused(cluster: Cluster) -> None:
    wanted = {identity(one): one for one in objects("dev")}
    account = wanted["ServiceAccount", "tonewatch", "explain"]
    cluster.apply([one for one in wanted.values() if one["kind"] == "Namespace"])
    cluster.apply([account])
    (pod,) = pods_of(wanted["Deployment", "tonewatch", "explain"])
    spec = {**pod["spec"], "hostNetwork": True}
    with pytest.raises(Refused, match="violates PodSecurity"):
        cluster.apply([{**pod, "spec": spec}], dry_run=True)


def test_the_pod_for_a_person_s_hands_may_be_and_is_let_out_to_kafka(cluster: Cluster) -> None:
    text = (K8S / "operations" / "tools_pod.yaml").read_text().replace("IMAGE", "one").replace("-USER", "-archive")
    pod = yaml.safe_load(text)
    found = {identity(one): one for one in objects("dev")}
    policy = found["NetworkPolicy", "tonewatch", "archive"]["spec"]["podSelector"]["matchLabels"]
    assert policy.items() <= pod["metadata"]["labels"].items()
    assert {volume["secret"]["secretName"] for volume in pod["spec"]["volumes"][1:]} == {
        "tonewatch-cluster-ca-cert",
        found["KafkaUser", "tonewatch", "tonewatch-archive"]["metadata"]["name"],
    }
    cluster.apply([one for one in found.values() if one["kind"] == "Namespace"])
    cluster.apply([found["ServiceAccount", "tonewatch", "archive"]])
    assert cluster.apply([pod], dry_run=True) == (["pod/tools"], "")


def test_the_definitions_are_of_the_releases_that_the_page_names() -> None:
    text = Path(__file__).with_name("prepare.py").read_text()
    page = (OVERLAYS["dev"].parents[1] / "README.md").read_text()
    versions = re.findall(r'"[\w./-]+@v([\d.]+)": "', text)
    assert len(versions) == 5
    for version in versions:
        assert version in page, f"k8s/README.md does not name {version}"
