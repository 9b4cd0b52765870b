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

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = "1.37"
COMPOSE = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())
OWN = {"intake", "people", "deliver-redis", "desk", "web", "setup", "topics"}


def manifests() -> list[dict[str, Any]]:
    """Every object of the base; kustomization files are not objects of a cluster."""
    files = [path for path in sorted((DEPLOY / "k8s/base").glob("*.yaml")) if path.name != "kustomization.yaml"]
    return [one for path in files for one in yaml.safe_load_all(path.read_text())]


MANIFESTS = manifests()
STATEFUL = [one for one in MANIFESTS if one["kind"] == "StatefulSet"]


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


def test_compose_follows_its_specification() -> None:
    """The schema is the Compose specification's, as check-jsonschema ships it."""
    package = importlib.util.find_spec("check_jsonschema")  # not imported: it needs a newer click than typer takes
    assert package is not None
    assert package.origin is not None
    schema = Path(package.origin).parent / "builtin_schemas/vendor/compose-spec.json"
    jsonschema.validate(COMPOSE, json.loads(schema.read_text()))


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
    for name, service in COMPOSE["services"].items():
        for variable, value in (service.get("environment") or {}).items():
            if re.search(r"PASSWORD|PEPPER|SEAL_KEY|SECRET", variable):
                assert str(value).startswith("${"), (name, variable)


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


@pytest.mark.parametrize("stateful", STATEFUL, ids=name_of)
def test_a_worker_is_hardened_and_probed(stateful: dict[str, Any]) -> None:
    """Restricted pod security, three probes, a volume of its own, limits, secrets by reference, a budget for disruptions."""
    pod = stateful["spec"]["template"]["spec"]
    (worker,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert worker["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= worker.keys()
    assert worker["resources"]["limits"]["memory"]
    assert [claim["metadata"]["name"] for claim in stateful["spec"]["volumeClaimTemplates"]] == ["state"]
    secret = [one for one in worker["env"] if re.search(r"PASSWORD|PEPPER|SEAL_KEY|REDIS_URL", one["name"])]
    assert secret
    assert all("secretKeyRef" in one["valueFrom"] for one in secret)
    labels = stateful["spec"]["template"]["metadata"]["labels"]
    assert any(
        one["kind"] == "PodDisruptionBudget" and one["spec"]["selector"]["matchLabels"].items() <= labels.items() for one in MANIFESTS
    )


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
    base = yaml.safe_load((DEPLOY / "k8s/base/kustomization.yaml").read_text())
    assert {path.name for path in (DEPLOY / "k8s/base").glob("*.yaml")} == {*base["resources"], "kustomization.yaml"}
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
    asked = set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose/compose.yaml").read_text()))
    made = dict(line.split("=", 1) for line in (tmp_path / "compose/.env").read_text().splitlines())
    assert asked <= made.keys()
    assert (secrets / "users.acl").read_text().startswith("user default off")
    again = subprocess.run([script], check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert "nothing is overwritten" in again.stderr
