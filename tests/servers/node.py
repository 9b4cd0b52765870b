"""Node packages from the npm registry: copied into the cache once, by the package.json that asks for them."""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from demo.servers.jars import cache_folder
from demo.servers.process import ServerUnavailable

SECONDS = 300


def node(name: str) -> str:
    """Path of Node; raises `ServerUnavailable`."""
    found = shutil.which("node")
    if found is None:
        raise ServerUnavailable(name, "install Node 18 or newer (Debian: nodejs)")
    return found


def node_modules(name: str, package: Path) -> Path:
    """Folder `node_modules` with what `package` (a package.json of exact versions) asks for; its own scripts are not run."""
    folder = cache_folder() / f"{name}-{hashlib.sha256(package.read_bytes()).hexdigest()[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _install(name, package, folder)
    return folder / "node_modules"


def _install(name: str, package: Path, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise ServerUnavailable(name, f"install npm (Debian: npm), it downloads once what {package} asks for into {folder}")
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        target = Path(made) / "modules"
        target.mkdir()
        shutil.copy(package, target)
        command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
        done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False, timeout=SECONDS)
        if done.returncode != 0:
            raise ServerUnavailable(name, f"npm could not download what {package.name} asks for:\n{(done.stdout + done.stderr)[-1000:]}")
        target.rename(folder)
