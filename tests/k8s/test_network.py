"""Who may speak to whom is what ARCHITECTURE.md draws, and what each role's settings name: no more, no less."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from tonewatch.stream.settings import ROLES, KafkaSettings

from .kustomize import Object
from .overlays import OVERLAYS, environment, of_kind, role_containers

EACH = pytest.mark.parametrize("overlay", OVERLAYS)
PORTS = {"kafka": {9093}, "redis": {6379, 26379}, "postgres": {5432}, "outside": {443, 587}}


def place(peer: Object) -> str:
    """Who is meant by the labels of a peer."""
    if "namespaceSelector" in peer:
        return "namespace " + str(peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"])
    if "ipBlock" in peer:
        return "outside"
    labels = peer["podSelector"]["matchLabels"]
    if "strimzi.io/cluster" in labels:
        return "kafka"
    return "postgres" if "cnpg.io/cluster" in labels else str(labels["app.kubernetes.io/name"])


def policies(overlay: str) -> dict[str, Object]:
    return {name: one["spec"] for name, one in of_kind(overlay, "NetworkPolicy").items()}


def outgoing(policy: Object) -> dict[str, set[int]]:
    """To whom, and to which of their ports."""
    found: dict[str, set[int]] = {}
    for rule in policy.get("egress", []):
        for peer in rule.get("to", []):
            found.setdefault(place(peer), set()).update(port["port"] for port in rule["ports"])
    return found


def incoming(policy: Object) -> dict[str, set[int]]:
    """From whom, and to which ports of its own."""
    found: dict[str, set[int]] = {}
    for rule in policy.get("ingress", []):
        for peer in rule["from"]:
            found.setdefault(place(peer), set()).update(port["port"] for port in rule["ports"])
    return found


def all_outgoing(overlay: str, role: str) -> dict[str, set[int]]:
    """Of every policy that chooses the role's pods: policies add up."""
    found: dict[str, set[int]] = {}
    for policy in policies(overlay).values():
        if policy["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/name") == role:
            for server, ports in outgoing(policy).items():
                found.setdefault(server, set()).update(ports)
    return found


@EACH
def test_nobody_speaks_to_anybody_unless_it_is_allowed(overlay: str) -> None:
    deny = policies(overlay)["default-deny"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, policy in policies(overlay).items():
        for rule in policy.get("ingress", []):
            assert rule.get("from"), f"{name} lets everybody in"
        if name not in (
            "kafka",
            "postgres",
        ):  # their operators' programs ask the API server, whose address is not known
            assert all(rule.get("to") for rule in policy.get("egress", [])), f"{name} lets out to everywhere"


@EACH
def test_each_role_reaches_what_its_settings_name_and_nothing_else(overlay: str) -> None:
    for name, (_, container) in role_containers(overlay).items():
        fields = ROLES.get(container["args"][0], KafkaSettings).model_fields
        reaches = {"kafka"}
        if "redis" in fields and not name.endswith("-shadow"):
            reaches.add("redis")
        # The board has a database only where the review desk is on.
        is_asked = "dashboard_review" not in fields or "TONEWATCH_DASHBOARD_REVIEW" in environment(overlay, container)
        if "database" in fields and is_asked:
            reaches.add("postgres")
        if "notify_routes" in fields:
            reaches.add("outside")
        assert all_outgoing(overlay, name) == {server: PORTS[server] for server in reaches}, name


def test_outside_is_no_private_address() -> None:
    (block,) = [
        peer["ipBlock"] for rule in policies("notify")["notify"]["egress"] for peer in rule["to"] if "ipBlock" in peer
    ]
    for address in ("10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "127.0.0.1", "100.64.0.1"):
        assert any(ip_address(address) in ip_network(left_out) for left_out in block["except"]), address
    assert not any(ip_address("1.1.1.1") in ip_network(left_out) for left_out in block["except"])


@EACH
def test_each_server_lets_in_those_who_may_reach_it(overlay: str) -> None:
    for server in ("redis", "postgres"):
        clients = {name for name in role_containers(overlay) if server in all_outgoing(overlay, name)}
        chosen = policies(overlay)[server]["podSelector"]
        allowed = {
            place(peer)
            for policy in policies(overlay).values()
            if policy["podSelector"] == chosen  # policies add up
            for rule in policy.get("ingress", [])
            for peer in rule["from"]
            if "podSelector" in peer
        }
        assert allowed == clients | {server}
    listener = of_kind(overlay, "Kafka")["tonewatch"]["spec"]["kafka"]["listeners"][0]
    (label,) = [peer["podSelector"]["matchLabels"] for peer in listener["networkPolicyPeers"] if "podSelector" in peer]
    for one, _ in role_containers(overlay).values():
        template = one["spec"].get("template") or one["spec"]["jobTemplate"]["spec"]["template"]
        assert label.items() <= template["metadata"]["labels"].items()


@EACH
def test_the_board_is_reached_by_the_gateway_only_and_metrics_by_monitoring_only(overlay: str) -> None:
    for name, (one, container) in role_containers(overlay).items():
        ports = {port["name"]: port["containerPort"] for port in container.get("ports", [])}
        assert ("metrics" in ports) == (one["kind"] != "CronJob"), name
        wanted = {"http": "namespace gateway", "metrics": "namespace monitoring"}
        assert incoming(policies(overlay)[name]) == {wanted[port]: {number} for port, number in ports.items()}, name
    assert outgoing(policies(overlay)["dns"]) == {"namespace kube-system": {53}}
