"""Java programs from Maven Central: finds Java and Maven, copies the jars that a POM lists into a cache once."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from demo.servers.process import ServerUnavailable

OLDEST_JAVA = 17
MAVEN_SECONDS = 600
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def cache_folder() -> Path:
    """Where downloaded servers are kept: CANBAO_CACHE, or canbao in the user's cache folder."""
    chosen = os.environ.get("CANBAO_CACHE")
    return Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "canbao"


def java(name: str) -> str:
    """Path of a Java runtime that is new enough for server `name`; raises `ServerUnavailable`."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else None
    program = found or shutil.which("java")
    if program is None:
        raise ServerUnavailable(name, f"install Java {OLDEST_JAVA} or newer (Debian: openjdk-17-jre-headless)")
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False, timeout=60).stderr  # noqa: S603 - a list of words made here, no shell
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < OLDEST_JAVA:
        raise ServerUnavailable(name, f"`java -version` does not report {OLDEST_JAVA} or newer; install one or set JAVA_HOME")
    return program


def jars(name: str, pom: Path, profile: str | None = None) -> Path:
    """Folder with all jars that `pom` (and one of its profiles) asks for; downloaded by Maven the first time.

    The folder's name carries a digest of the POM, so a change of version makes a new folder.
    """
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    folder = cache_folder() / f"{name}{'-' + profile if profile else ''}-{digest}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs may come here at once
        if not folder.is_dir():
            _copy(name, pom, profile, folder)
    return folder


def _copy(name: str, pom: Path, profile: str | None, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerUnavailable(name, "install Maven (Debian: maven), it downloads the server's jars once")
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        target = Path(made) / "jars"
        command = [maven, "-q", "-B", "-f", str(pom), *([f"-P{profile}"] if profile else [])]
        command += [PLUGIN, "-DincludeScope=runtime", f"-DoutputDirectory={target}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=MAVEN_SECONDS)  # noqa: S603 - a list of words made here, no shell
        if done.returncode != 0:
            raise ServerUnavailable(name, f"Maven could not download the jars of {pom.name}:\n{(done.stdout + done.stderr)[-2000:]}")
        target.rename(folder)
