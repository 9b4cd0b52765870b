"""Container image, compose file and Kubernetes manifests: valid by their own schemas, and hardened as docs/operating promises."""

import importlib
import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import yaml

from demo.servers.process import ServerUnavailable
from sinks.sse.tokens import read_tokens
from streams.settings import load_settings
from streams.vault.envelopes import envelopes_of

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = "1.37"
COMPOSE = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())
REPLAY = yaml.safe_load((DEPLOY / "compose/compose.replay.yaml").read_text())
VAULT = yaml.safe_load((DEPLOY / "compose/compose.vault.yaml").read_text())
OWN = {"intake", "people", "deliver-redis", "deliver-webhook", "desk", "web", "live", "setup", "topics", "cli", "anchor"}
RESTRICTED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
SECRET = re.compile(r"PASSWORD|PEPPER|SEAL_KEY|TARGET_KEY|SECRET|REDIS_URL")


def manifests() -> list[dict[str, Any]]:
    """Every object of the base and of a webhook target; kustomization files are not objects of a cluster."""
    folders = (DEPLOY / "k8s/base", DEPLOY / "k8s/target")
    files = [path for folder in folders for path in sorted(folder.glob("*.yaml")) if path.name != "kustomization.yaml"]
    return [one for path in files for one in yaml.safe_load_all(path.read_text())]


MANIFESTS = manifests()
STATEFUL = [one for one in MANIFESTS if one["kind"] == "StatefulSet"]


def pod_of(one: dict[str, Any]) -> dict[str, Any]:
    """The pod's template of a workload; empty for other kinds."""
    spec = one.get("spec", {}).get("jobTemplate", {}).get("spec") or one.get("spec", {})
    found: dict[str, Any] = spec.get("template", {})
    return found


WORKLOADS = [one for one in MANIFESTS if pod_of(one)]


def name_of(one: dict[str, Any]) -> str:
    """For test ids."""
    return f"{one['kind']}-{one['metadata']['name']}"


@pytest.fixture
def kubernetes() -> ModuleType:
    """The validator with the schemas of each Kubernetes release inside."""
    try:
        return importlib.import_module("kubernetes_validate")
    except ImportError as error:
        raise ServerUnavailable("the schemas of Kubernetes", "make install-dev (kubernetes-validate)") from error


@pytest.mark.parametrize("file", ["compose.yaml", "compose.vault.yaml", "compose.replay.yaml"])
def test_compose_follows_its_specification(file: str) -> None:
    """The schema is the Compose specification's, as check-jsonschema ships it."""
    package = importlib.util.find_spec("check_jsonschema")  # not imported: it needs a newer click than typer takes
    assert package is not None
    assert package.origin is not None
    schema = Path(package.origin).parent / "builtin_schemas/vendor/compose-spec.json"
    jsonschema.validate(yaml.safe_load((DEPLOY / "compose" / file).read_text()), json.loads(schema.read_text()))


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_a_service_is_hardened(service: str) -> None:
    """No capability, no new privilege, no root; a read-only root but for Connect, whose image writes its own configuration."""
    found = COMPOSE["services"][service]
    assert found["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in found["security_opt"]
    assert found.get("read_only") is True or service == "connect"
    assert not found.get("privileged")
    if service in OWN:
        assert found["user"] == "10001:10001"
    assert all(port.startswith("127.0.0.1:") for port in found.get("ports", []))


def test_no_password_stands_in_the_compose_file() -> None:
    """Every secret is a variable that must be set, or a file."""
    services = [*COMPOSE["services"].items(), *VAULT["services"].items(), *REPLAY["services"].items()]
    for name, service in services:
        for variable, value in (service.get("environment") or {}).items():
            if SECRET.search(variable) and variable != "CANBAO_REDIS_URL":
                assert str(value).startswith("${"), (name, variable)


def test_the_vault_is_given_by_its_own_file_only() -> None:
    """Without compose.vault.yaml the workbench has neither pepper nor vault keys; with it, intake seals under the keys that web opens."""
    keys = {"CANBAO_PEPPER", "CANBAO_VAULT_KEYS_FILE", "CANBAO_WEB_VAULT"}
    assert not keys & COMPOSE["services"]["web"]["environment"].keys()
    assert keys <= VAULT["services"]["web"]["environment"].keys()
    files = {service["environment"]["CANBAO_VAULT_KEYS_FILE"] for service in VAULT["services"].values()}
    assert files == {"/run/secrets/vault_keys"}
    assert all(service["secrets"] == ["vault_keys"] for service in VAULT["services"].values())


def test_the_seal_key_is_given_to_the_workbench_by_its_own_file_only() -> None:
    """Without compose.replay.yaml the workbench opens no dead letter and has no account that writes feeds."""
    keys = {"CANBAO_SEAL_KEY", "CANBAO_WEB_REPLAY", "CANBAO_WEB_REPLAY_PASSWORD"}
    assert not keys & (COMPOSE["services"]["web"]["environment"].keys() | VAULT["services"]["web"]["environment"].keys())
    assert keys <= REPLAY["services"]["web"]["environment"].keys()


def test_every_file_that_compose_mounts_is_there() -> None:
    """But those that make-secrets.sh makes."""
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith(".") and "secrets/" not in source:
                assert (DEPLOY / "compose" / source).exists(), source


@pytest.mark.parametrize("manifest", MANIFESTS, ids=name_of)
def test_a_manifest_follows_the_schema_of_its_kind(kubernetes: ModuleType, manifest: dict[str, Any]) -> None:
    """Strictly: an unknown field is a mistake."""
    kubernetes.validate(manifest, KUBERNETES, strict=True)


def test_the_schema_refuses_a_misspelt_field(kubernetes: ModuleType) -> None:
    """The check can fail."""
    wrong = json.loads(json.dumps(STATEFUL[0]))
    wrong["spec"]["replica"] = 1
    with pytest.raises(kubernetes.ValidationError):
        kubernetes.validate(wrong, KUBERNETES, strict=True)


@pytest.mark.parametrize("workload", WORKLOADS, ids=name_of)
def test_a_pod_is_hardened(workload: dict[str, Any]) -> None:
    """Restricted pod security, limits, secrets by reference; every volume that is mounted is there."""
    pod = pod_of(workload)["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == RESTRICTED
    assert container["resources"]["limits"]["memory"]
    secret = [one for one in container["env"] if SECRET.search(one["name"])]
    assert secret
    assert all("secretKeyRef" in one["valueFrom"] for one in secret)
    claims = [claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])]
    assert {one["name"] for one in container["volumeMounts"]} == {*claims, *(one["name"] for one in pod["volumes"])}


@pytest.mark.parametrize("workload", [one for one in WORKLOADS if one["kind"] != "CronJob"], ids=name_of)
def test_what_runs_for_long_is_probed_and_kept_up(workload: dict[str, Any]) -> None:
    """Three probes on named ports, a budget for disruptions; a StatefulSet has a volume of its own."""
    template = pod_of(workload)
    (container,) = template["spec"]["containers"]
    ports = {one["name"] for one in container["ports"]}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert (container[probe].get("httpGet") or container[probe]["tcpSocket"])["port"] in ports
    if workload["kind"] == "StatefulSet":
        assert [claim["metadata"]["name"] for claim in workload["spec"]["volumeClaimTemplates"]] == ["state"]
    labels = template["metadata"]["labels"]
    assert any(
        one["kind"] == "PodDisruptionBudget" and one["spec"]["selector"]["matchLabels"].items() <= labels.items() for one in MANIFESTS
    )


@pytest.mark.parametrize("workload", WORKLOADS, ids=name_of)
def test_a_workload_has_its_way_out_and_no_other(workload: dict[str, Any]) -> None:
    """To Kafka who signs in to it, to Redis who has its address, to the world only webhooks and, for the issuer, the workbench."""
    template = pod_of(workload)
    names = {one["name"] for one in template["spec"]["containers"][0]["env"]}
    labels = template["metadata"]["labels"]
    reached = {
        peer_name(peer) for policy in MANIFESTS if policy["kind"] == "NetworkPolicy" and selects(policy, labels) for peer in peers(policy)
    }
    assert ("kafka" in reached) == ("CANBAO_KAFKA_SASL_USERNAME" in names)
    assert ("redis" in reached) == ("CANBAO_REDIS_URL" in names)
    assert ("outside" in reached) == (labels["app.kubernetes.io/component"] in {"deliver-webhook", "web"})
    assert "names" in reached


def selects(policy: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a policy is about a pod with these labels."""
    selector = policy["spec"]["podSelector"]
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    return wanted and all(labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", []))


def peers(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """Where its pods may speak to."""
    return [peer for rule in policy["spec"].get("egress", []) for peer in rule["to"]]


def peer_name(peer: dict[str, Any]) -> str:
    """A peer in one word."""
    if "ipBlock" in peer:
        return "outside"
    labels = peer["podSelector"]["matchLabels"]
    if "strimzi.io/kind" in labels:
        return "kafka"
    return {"canbao-redis": "redis", "apicurio-registry": "registry"}.get(
        labels.get("app.kubernetes.io/name"), "names" if "k8s-app" in labels else "ours"
    )


def test_anchors_are_written_by_one_job_alone() -> None:
    """The claim of the anchors is mounted by the daily job and by no worker; the job's command is the one that the docs of audit name."""
    users = [
        workload["metadata"]["name"]
        for workload in WORKLOADS
        for volume in pod_of(workload)["spec"]["volumes"]
        if volume.get("persistentVolumeClaim", {}).get("claimName") == "canbao-audit-anchors"
    ]
    assert users == ["canbao-audit-anchor"]
    (job,) = [one for one in MANIFESTS if one["kind"] == "CronJob"]
    command = pod_of(job)["spec"]["containers"][0]["args"]
    assert command[:3] == ["audit", "anchor", "--file"]
    assert command == COMPOSE["services"]["anchor"]["command"]


@pytest.mark.parametrize("file", ["vault/web.yaml", "vault/intake.yaml", "replay/web.yaml"])
def test_an_overlay_adds_keys_by_reference(kubernetes: ModuleType, file: str) -> None:
    """Laid over the base, each patch is still a valid object, and what it adds are references and a read-only file."""
    patch = yaml.safe_load((DEPLOY / "k8s" / file).read_text())
    (base,) = [one for one in WORKLOADS if name_of(one) == name_of(patch)]
    merged = json.loads(json.dumps(base))
    added, pod = patch["spec"]["template"]["spec"], merged["spec"]["template"]["spec"]
    assert added["containers"][0]["name"] == pod["containers"][0]["name"]
    pod["volumes"] += added.get("volumes", [])
    for field in ("env", "volumeMounts"):
        pod["containers"][0][field] += added["containers"][0].get(field, [])
    kubernetes.validate(merged, KUBERNETES, strict=True)
    mounts = added["containers"][0].get("volumeMounts", [])
    assert all(one["readOnly"] for one in mounts)
    assert all("secretKeyRef" in one["valueFrom"] for one in added["containers"][0]["env"] if SECRET.search(one["name"]))
    names = {one["name"] for one in base["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert not names & {one["name"] for one in added["containers"][0]["env"]}


def test_the_network_is_closed_by_default() -> None:
    """One policy selects every pod, both ways, and allows nothing; every other names its peers and ports."""
    policies = [one for one in MANIFESTS if one["kind"] == "NetworkPolicy"]
    deny = [one["spec"] for one in policies if one["spec"]["podSelector"] == {}]
    assert deny == [{"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}]
    for policy in policies:
        for rule in [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]:
            assert rule.get("from") or rule.get("to"), name_of(policy)
            assert rule["ports"], name_of(policy)


def test_kustomizations_name_files_that_are_there() -> None:
    """Resources of base and overlay; patches and replica counts aim at objects that exist."""
    for folder in ("base", "target"):
        found = yaml.safe_load((DEPLOY / "k8s" / folder / "kustomization.yaml").read_text())
        assert {path.name for path in (DEPLOY / "k8s" / folder).glob("*.yaml")} == {*found["resources"], "kustomization.yaml"}
    for folder in ("vault", "replay"):
        laid = yaml.safe_load((DEPLOY / "k8s" / folder / "kustomization.yaml").read_text())
        paths = {one["path"] for one in laid["patches"]}
        assert {path.name for path in (DEPLOY / "k8s" / folder).glob("*.yaml")} == {*paths, "kustomization.yaml"}
    city = yaml.safe_load((DEPLOY / "k8s/city/kustomization.yaml").read_text())
    names = {one["metadata"]["name"] for one in STATEFUL}
    assert {one["name"] for one in city["replicas"]} | {one["target"]["name"] for one in city["patches"]} <= names


def test_the_image_is_built_in_stages_and_runs_without_root() -> None:
    """Two stages, hashes checked, the last stage without pip and with a numeric user before its entry point."""
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    stages = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    assert len(stages) == 2
    assert any("--require-hashes" in line for line in lines[: stages[1]])
    last = lines[stages[1] :]
    assert "USER 10001:10001" in last
    assert last.index("USER 10001:10001") < next(number for number, line in enumerate(last) if line.startswith("ENTRYPOINT"))
    assert not any("pip install" in line for line in last)
    copied = [line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert all((ROOT / name).exists() for name in copied)


def test_secrets_are_made_once(tmp_path: Path) -> None:
    """The script makes certificates that verify and a user file, and never overwrites a pepper."""
    for folder in ("compose", "redis"):
        (tmp_path / folder).mkdir()
        for file in (DEPLOY / folder).iterdir():
            if file.is_file() and file.name != ".env":
                (tmp_path / folder / file.name).write_bytes(file.read_bytes())
                (tmp_path / folder / file.name).chmod(file.stat().st_mode)
    script = tmp_path / "compose/make-secrets.sh"
    subprocess.run([script], check=True, capture_output=True)
    secrets = tmp_path / "compose/secrets"
    subprocess.run(["openssl", "verify", "-CAfile", secrets / "ca.pem", secrets / "broker.pem"], check=True, capture_output=True)
    asked = {name for file in (DEPLOY / "compose").glob("*.yaml") for name in re.findall(r"\$\{(\w+):\?", file.read_text())}
    made = dict(line.split("=", 1) for line in (tmp_path / "compose/.env").read_text().splitlines())
    assert asked <= made.keys()
    assert (secrets / "users.acl").read_text().startswith("user default off")
    assert read_tokens(secrets / "live-tokens.yaml") == []
    ring = envelopes_of(
        load_settings({"CANBAO_VAULT_KEYS_FILE": str(secrets / "vault-keys"), "CANBAO_SEAL_KEY": made["CANBAO_SEAL_KEY"]})
    ).ring
    assert ring.key_id == "kek-1"
    again = subprocess.run([script], check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert "nothing is overwritten" in again.stderr
