"""Running workers, asked one by one: ready, which policy and version, what their clock says."""

import time
import urllib.error
import urllib.request
from functools import partial

from prometheus_client.parser import text_string_to_metric_families

from schemas import metrics as m
from schemas.strict_yaml import ConfigError
from streams.doctor.finding import Finding, State, contained
from streams.policy import policy_of
from streams.settings import Settings, SettingsError

SECONDS = 5.0
SKEW_SECONDS_MAX = 2.0


def check(settings: Settings, addresses: list[str]) -> list[Finding]:
    """One or more findings a worker; `addresses`: host:port of their /metrics."""
    if not addresses:
        return [Finding("workers", State.UNSEEN, "none was named", "canbao doctor --worker HOST:PORT for each")]
    policy = _policy_hash(settings)
    looks = {f"worker {address}": partial(_worker, address, policy) for address in addresses}
    return [finding for place, look in looks.items() for finding in contained(place, look)]


def _policy_hash(settings: Settings) -> str:
    """The hash of the policy here; empty where it cannot be read, which is a finding of its own."""
    try:
        return policy_of(settings).hash
    except (ConfigError, SettingsError):
        return ""


def _worker(address: str, policy: str) -> list[Finding]:
    place = f"worker {address}"
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=SECONDS) as answer:
            text = answer.read().decode()
    except (OSError, ValueError) as error:
        return [Finding(place, State.WRONG, f"does not answer ({type(error).__name__})", "start it, or correct its address")]
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    values = {sample.name: sample.value for sample in samples}
    build = next((sample.labels for sample in samples if sample.name == m.BUILD_INFO.name), {})
    found = []
    if not values.get(m.READY.name):
        found.append(Finding(place, State.WRONG, "is not ready", f"curl http://{address}/readyz says what it waits for"))
    if policy and build.get("policy") != policy:
        said = f"judges by policy {build.get('policy')}, here is {policy}"
        found.append(Finding(place, State.WRONG, said, "give all the same CANBAO_POLICY_FOLDER and release, then restart it"))
    skew = values.get(m.CLOCK.name, 0.0) - time.time()
    if abs(skew) > SKEW_SECONDS_MAX:
        found.append(Finding(place, State.WRONG, f"its clock differs by {abs(skew):.1f} s", "mend time synchronisation on both machines"))
    return found or [Finding(place, State.OK, f"{build.get('role')}, release {build.get('version')}, ready")]
