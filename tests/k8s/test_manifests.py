"""The manifests say what their readers understand, and the same as the code: no cluster is needed to know it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from pydantic import create_model
from starlette.routing import Route

from tonewatch.dashboard.app import create_app
from tonewatch.stream.doors.door_command import LAST_WRITES_S, PROTOCOLS
from tonewatch.stream.doors.opening import websockets_at
from tonewatch.stream.kafka.clients import STOP_S
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import PREFIX, ROLES, DoorSettings, KafkaSettings, load, variables

from .kustomize import Object, containers, documents, kustomization, pod_template
from .overlays import (
    INSTALLED,
    K8S,
    OVERLAYS,
    ROOT,
    environment,
    objects,
    of_kind,
    pod_spec,
    role_containers,
    shared_settings,
    workloads,
)

EACH = pytest.mark.parametrize("overlay", OVERLAYS)
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
COMMANDS: dict[str, str] = PROJECT["entry-points"]["tonewatch.commands"]
OURS_BY_VERSION = {"tonewatch", "tonewatch-weights"}

Asked = Callable[[int, str], tuple[int, str]]

FILES = [
    path
    for path in sorted(K8S.rglob("*"))
    # A file of Prometheus, not of Kubernetes: prometheus-rules.yaml holds it as an object.
    if path.suffix in {".yaml", ".env", ".sh"} and path != K8S / "monitoring" / "rules.yaml"
]


def listed(folder: Path) -> set[Path]:
    """Files that the kustomization of a folder names."""
    said = kustomization(folder)
    names = [*said.get("resources", [])]
    for generator in said.get("configMapGenerator", []):
        names += [*generator.get("files", []), *generator.get("envs", [])]
    return {(folder / name).resolve() for name in names}


def test_every_file_holds_one_object_and_is_named_by_a_kustomization() -> None:
    folders = [path.parent for path in FILES if path.name == "kustomization.yaml"]
    named = {path for folder in folders for path in listed(folder)}
    for path in FILES:
        if path.parent == K8S / "operations":
            continue  # For a person's hands, and in no overlay.
        if path.name == "routes.yaml":
            continue  # A file of ours inside a ConfigMap.
        # The users are what a command prints, as it prints it.
        if path.suffix == ".yaml" and path.name != "users.yaml":
            assert len(documents(path)) == 1, path
        assert path.name == "kustomization.yaml" or path in named, f"{path} is in no kustomization"


def test_every_component_is_in_an_overlay() -> None:
    used: set[Path] = set()
    waiting = [*OVERLAYS.values()]
    while waiting:
        folder = waiting.pop()
        mine = {(folder / name).resolve() for name in kustomization(folder).get("components", [])}
        waiting += mine - used
        used |= mine
    assert {path.parent for path in (K8S / "components").glob("*/kustomization.yaml")} | {K8S / "monitoring"} <= used


@EACH
def test_every_setting_is_one_of_its_role_and_has_a_value_that_is_allowed(overlay: str) -> None:
    for name, (_, container) in role_containers(overlay).items():
        role = container["args"][0]
        fields = ROLES.get(role, KafkaSettings).model_fields
        known = {PREFIX + field.upper(): info for field, info in fields.items()}
        for variable, value in environment(overlay, container).items():
            if not variable.startswith(PREFIX):
                continue
            # What all roles have in common holds settings that one of them may lack.
            shared = variable in shared_settings(overlay)
            is_known = variable in known or (shared and variable in variables())
            assert is_known, f"{name}: {variable}"
            if variable in known and value is not None:
                field: Any = (known[variable].annotation, known[variable])
                one: Any = create_model("One", value=field)
                one(value=value)


@EACH
def test_every_argument_is_understood_by_the_command_line(overlay: str) -> None:
    found = role_containers(overlay)
    assert {"listen", "monitor", "explain", "archive", "dashboard"} <= found.keys()
    for _, container in found.values():
        command, *arguments = container["args"]
        module, _, function = COMMANDS[command].partition(":")
        target = getattr(import_module(module), function)
        app = target if isinstance(target, typer.Typer) else typer.Typer()
        if app is not target:
            app.command()(target)
        typer.main.get_command(app).make_context(command, list(arguments))


@pytest.mark.parametrize("overlay", INSTALLED)
def test_every_image_has_a_tag_and_ours_bear_the_version_of_the_package(overlay: str) -> None:
    for one in objects(overlay):
        for container in containers(one):
            name, _, tag = container["image"].partition(":")
            assert tag and tag != "latest", container["image"]
            if name in OURS_BY_VERSION:
                assert re.fullmatch(re.escape(PROJECT["version"]) + r"(-cuda)?", tag)


@EACH
def test_every_probe_asks_what_the_process_answers(overlay: str, free_port: int, asked: Asked) -> None:
    metrics = Metrics()
    metrics.health.beat()
    metrics.serve(free_port)
    board = {route.path for route in create_app("redis://127.0.0.1:1/0").routes if isinstance(route, Route)}
    for name, (one, container) in role_containers(overlay).items():
        if one["kind"] == "CronJob":
            continue
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            asks = container[kind]["httpGet"]
            if asks["port"] == "http":
                assert asks["path"] in board, name
                assert str(ports["http"]) == environment(overlay, container)["TONEWATCH_DASHBOARD_PORT"]
            else:
                # The metrics answer every other path, in a text of their own.
                assert isinstance(json.loads(asked(free_port, asks["path"])[1]), dict)
                assert str(ports["metrics"]) == environment(overlay, container)["TONEWATCH_METRICS_PORT"]
        assert container["livenessProbe"]["httpGet"]["path"] != container["readinessProbe"]["httpGet"]["path"]


@EACH
def test_every_pod_of_ours_is_confined(overlay: str) -> None:
    for name, one in workloads(overlay).items():
        spec = pod_spec(one)
        assert spec["automountServiceAccountToken"] is False, name
        # A Service `tonewatch-dashboard` would set TONEWATCH_DASHBOARD_PORT to an address: the board would not start.
        assert spec["enableServiceLinks"] is False, name
        context = spec["securityContext"]
        assert context["runAsNonRoot"] is True and context["runAsUser"] > 0
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in containers(one):
            confined = container["securityContext"]
            assert confined["readOnlyRootFilesystem"] is True and confined["allowPrivilegeEscalation"] is False
            assert confined["capabilities"] == {"drop": ["ALL"]}
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
            assert "memory" in container["resources"]["limits"]


@EACH
def test_every_name_that_an_object_uses_is_there(overlay: str) -> None:
    accounts, maps = of_kind(overlay, "ServiceAccount"), of_kind(overlay, "ConfigMap")
    claims, services = of_kind(overlay, "PersistentVolumeClaim"), of_kind(overlay, "Service")
    for one in workloads(overlay).values():
        spec = pod_spec(one)
        assert spec["serviceAccountName"] in accounts
        for volume in spec["volumes"]:
            assert "configMap" not in volume or volume["configMap"]["name"] in maps
            assert "persistentVolumeClaim" not in volume or volume["persistentVolumeClaim"]["claimName"] in claims
        for container in containers(one):
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            assert mounted <= {volume["name"] for volume in spec["volumes"]}
        assert one["kind"] != "StatefulSet" or one["spec"]["serviceName"] in services
    for route in of_kind(overlay, "HTTPRoute").values():
        for rule in route["spec"]["rules"]:
            for backend in rule.get("backendRefs", []):
                assert backend["port"] in {port["port"] for port in services[backend["name"]]["spec"]["ports"]}


def selected(overlay: str, labels: dict[str, str]) -> list[Object]:
    """Workloads whose pods bear these labels."""
    return [one for one in workloads(overlay).values() if labels.items() <= pod_labels(one).items()]


@EACH
def test_every_selector_selects_the_pods_of_one_workload(overlay: str) -> None:
    for service in of_kind(overlay, "Service").values():
        (one,) = selected(overlay, service["spec"]["selector"])
        names = {port["name"] for container in containers(one) for port in container.get("ports", [])}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= names
    for budget in of_kind(overlay, "PodDisruptionBudget").values():
        assert len(selected(overlay, budget["spec"]["selector"]["matchLabels"])) == 1
    for one in workloads(overlay).values():
        if "selector" in one["spec"]:
            assert one in selected(overlay, one["spec"]["selector"]["matchLabels"])


@pytest.mark.parametrize("overlay", ["prod-cpu", "prod-gpu"])
def test_every_role_is_scraped_where_it_serves_its_metrics(overlay: str) -> None:
    (monitor,) = of_kind(overlay, "PodMonitor").values()
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    scraped = set()
    for name, (_, container) in role_containers(overlay).items():
        assert name in {one["metadata"]["name"] for one in scraped_by(monitor, workloads(overlay).values())}
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert str(ports[endpoint["port"]]) == environment(overlay, container)["TONEWATCH_METRICS_PORT"]
        scraped.add(container["args"][0])
    assert scraped == {"listen", "monitor", "explain", "archive", "dashboard"}


def test_a_shadow_is_not_scraped_as_if_it_were_the_live_role() -> None:
    (monitor,) = of_kind("prod-cpu", "PodMonitor").values()
    names = {one["metadata"]["name"] for one in scraped_by(monitor, workloads("canary").values())}
    assert names & {"listen", "monitor", "listen-shadow", "monitor-shadow"} == {"listen", "monitor"}


def scraped_by(monitor: Object, found: Iterable[Object]) -> list[Object]:
    """Workloads whose pods a PodMonitor selects."""
    selector = monitor["spec"]["selector"]
    absent = {one["key"] for one in selector["matchExpressions"] if one["operator"] == "DoesNotExist"}
    assert len(absent) == len(selector["matchExpressions"])
    return [
        one
        for one in found
        if selector["matchLabels"].items() <= (labels := pod_labels(one)).items() and not absent & labels.keys()
    ]


def pod_labels(one: Object) -> dict[str, str]:
    template = pod_template(one)
    assert template is not None
    found: dict[str, str] = template["metadata"]["labels"]
    return found


@EACH
def test_a_static_member_is_a_pod_whose_name_comes_back(overlay: str) -> None:
    for one, container in role_containers(overlay).values():
        is_static = "TONEWATCH_KAFKA_INSTANCE" in environment(overlay, container)
        assert is_static == (one["kind"] == "StatefulSet")


def test_a_door_is_given_the_time_that_it_takes_to_stop() -> None:
    one, container = role_containers("door")["door"]
    drain_s = float(environment("door", container)["TONEWATCH_DOOR_DRAIN_S"] or 0)
    assert pod_spec(one)["terminationGracePeriodSeconds"] >= drain_s + LAST_WRITES_S + STOP_S


def test_a_door_in_a_cluster_opens_as_its_settings_are_and_every_door_on_websockets_is_routed_to() -> None:
    """A door without TLS, or without a secret, would refuse to open: the pod would end at once."""
    _, container = role_containers("door")["door"]
    said = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment("door", container).items()
        if name.startswith("TONEWATCH_DOOR_") and value is not None
    }
    secrets = "; ".join(f"{name.removeprefix('door_')} - a-long-secret" for name in PROTOCOLS)
    opened = websockets_at(
        load(DoorSettings, **{**said, "door_secrets_file": "", "door_secrets": secrets}), PROTOCOLS, encrypted=False
    )
    ((where, protocols),) = opened.items()
    assert len(protocols) == len(PROTOCOLS)
    assert where.port in {port["containerPort"] for port in container["ports"]}
    (route,) = [one for name, one in of_kind("door", "HTTPRoute").items() if name == "door"]
    assert said["door_public_url"] == f"wss://{route['spec']['hostnames'][0]}"


@EACH
def test_a_pod_that_was_promised_a_gpu_is_not_ready_without_one(overlay: str) -> None:
    for one, container in role_containers(overlay).values():
        promised = [name for name in container["resources"]["limits"] if name.startswith("nvidia.com/")]
        told = environment(overlay, container).get("TONEWATCH_REQUIRE_GPU") == "true"
        assert len(promised) <= 1 and told == bool(promised) == container["image"].endswith("cuda"), one["metadata"]


def test_the_page_says_how_many_objects_each_overlay_has() -> None:
    row = "".join(f" | {len(objects(overlay))}" for overlay in INSTALLED)
    assert f"\n| objects{row} |\n" in (K8S / "README.md").read_text()


def test_no_secret_is_committed_and_every_secret_is_in_the_page() -> None:
    page = (K8S / "README.md").read_text()
    for overlay in OVERLAYS:
        assert not of_kind(overlay, "Secret")
        text = json.dumps(objects(overlay))
        names = set(re.findall(r'"(?:secretName|secret)": "([\w-]+)"', text))
        names |= {ref["name"] for ref in _dicts(objects(overlay), "secretKeyRef")}
        names |= {ref["name"] for refs in _dicts(objects(overlay), "secretTargetRef") for ref in refs}
        for name in names:
            user = name in of_kind(overlay, "KafkaUser")
            assert user or f"`{name}`" in page, f"k8s/README.md does not say where the Secret {name} comes from"


def _dicts(node: Any, key: str) -> list[Any]:
    """Every value under a key, at whatever depth."""
    if isinstance(node, dict):
        return [value for name, value in node.items() if name == key] + [
            found for value in node.values() for found in _dicts(value, key)
        ]
    return [found for value in node for found in _dicts(value, key)] if isinstance(node, list) else []


def test_a_yaml_file_that_says_a_key_twice_is_refused() -> None:
    for path in FILES:
        if path.suffix == ".yaml":
            _Strict.check(path.read_text())


class _Strict(yaml.SafeLoader):  # type: ignore[misc]
    """PyYAML takes the last of two equal keys without a word."""

    @classmethod
    def check(cls, text: str) -> None:
        for node in yaml.compose_all(text, Loader=cls):
            _no_key_twice(node)


def _no_key_twice(node: yaml.Node | None) -> None:
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"{node.start_mark}: {keys}"
        for _, value in node.value:
            _no_key_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _no_key_twice(value)
