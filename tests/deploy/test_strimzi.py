"""The Strimzi resources, read by Strimzi's own classes: no unknown field, no wrong type, no value that is not in an enumeration."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from demo.servers.jars import jars, java

HERE = Path(__file__).parent / "strimzi"
DEPLOY = Path(__file__).parents[2] / "deploy/strimzi"
FILES = [DEPLOY / "kafka.yaml", DEPLOY / "topics.yaml", DEPLOY / "users.yaml"]
pytestmark = pytest.mark.kafka
Check = Callable[[list[Path]], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Check:
    """The reader, compiled once."""
    program, classes = java("Strimzi's classes"), tmp_path_factory.mktemp("classes")
    path = os.pathsep.join(map(str, jars("strimzi", HERE / "pom.xml").glob("*.jar")))
    compiler = [program, "-cp", path, "org.eclipse.jdt.internal.compiler.batch.Main", "-17", "-nowarn", "-proc:none"]
    subprocess.run([*compiler, "-d", str(classes), "-cp", path, str(HERE / "StrimziCheck.java")], check=True, capture_output=True)

    def read(files: list[Path]) -> subprocess.CompletedProcess[str]:
        command = [program, "-cp", f"{classes}{os.pathsep}{path}", "StrimziCheck", *map(str, files)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    return read


def test_strimzi_reads_every_resource(check: Check) -> None:
    """The cluster, all topics and users."""
    count = sum(len(list(yaml.safe_load_all(file.read_text()))) for file in FILES)
    done = check(FILES)
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"{count} resources" in done.stdout


@pytest.mark.parametrize(
    ("right", "wrong"), [("  partitions:", "  partition:"), ("- Read\n", "- Peek\n"), ("type: simple", "type: simpel")]
)
def test_a_mistake_is_refused(check: Check, tmp_path: Path, right: str, wrong: str) -> None:
    """An unknown field, an unknown operation, an unknown kind of authorization."""
    text = "".join(file.read_text() for file in FILES)
    assert right in text
    (tmp_path / "broken.yaml").write_text(text.replace(right, wrong, 1))
    assert check([tmp_path / "broken.yaml"]).returncode != 0
