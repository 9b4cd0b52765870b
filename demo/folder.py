"""The folder of a running demo. One that a killed demo left is removed by the next: a lock says whether its owner lives, in whatever container."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "canbao-demo-"
OWNER = "owner"


@contextmanager
def demo_folder() -> Iterator[Path]:
    """A new folder, removed at the end; what dead demos left is removed first."""
    remove_left_over()
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as made:
        folder = Path(made)
        unlocked = folder / "lock"
        with unlocked.open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            unlocked.rename(folder / OWNER)  # by this name it is seen locked only
            yield folder


def remove_left_over() -> None:
    """Removes folders whose owner holds its lock no more; one without a lock is somebody else's and stays."""
    for owner in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{OWNER}"):
        try:
            with owner.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(owner.parent, ignore_errors=True)
        except OSError:  # it lives, is gone meanwhile, or is another user's
            continue
