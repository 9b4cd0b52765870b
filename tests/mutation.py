"""A sample of the mutants that `make mutation` tries, the same for the same seed: `python -m tests.mutation SEED COUNT`.

All of them take hours; a few hundred say within minutes how many a test notices, and each survivor is shown as the change that nobody saw.
"""

import random
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name

MUTANTS = Path("mutants")
SURVIVED = 0
UNTESTED = 33


class Meta(msgspec.Struct):
    """What mutmut keeps of a file's mutants: the exit code of the tests under each, null where it did not run."""

    exit_code_by_key: dict[str, int | None]


def all_mutants() -> list[str]:
    """The names of all mutants, in order."""
    folders = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]["source_paths"]
    files = sorted(path for folder in folders for path in Path(folder).rglob("*.py"))
    return [
        get_mutant_name(path, name)
        for path in files
        for name in mutate_file_contents(str(path), path.read_text(encoding="utf-8")).mutant_names
    ]


def exit_codes(names: list[str]) -> dict[str, int | None]:
    """What the tests ended with under each of these mutants."""
    known: dict[str, int | None] = {}
    for path in MUTANTS.rglob("*.meta"):
        known |= msgspec.json.decode(path.read_bytes(), type=Meta).exit_code_by_key
    return {name: known.get(name) for name in names}


def mutmut(*arguments: str) -> None:
    """Run mutmut here."""
    subprocess.run([sys.executable, "-m", "mutmut", *arguments], check=False)  # a mutant that survives is no failure of the command


def main(seed: int, count: int) -> None:
    """Try a sample; print how many were noticed, and those that were not."""
    names = all_mutants()
    sample = sorted(random.Random(seed).sample(names, min(count, len(names))))
    mutmut("run", *sample)
    codes = exit_codes(sample)
    tried = {name: code for name, code in codes.items() if code is not None}
    missed = [name for name, code in tried.items() if code in {SURVIVED, UNTESTED}]
    for name in missed:
        print(f"\n{name}: {'no test runs it' if tried[name] == UNTESTED else 'every test passes'}", flush=True)  # noqa: T201 - what a command prints
        mutmut("show", name)
    print(f"\nseed {seed}: {len(tried) - len(missed)} of {len(tried)} mutants noticed; {len(sample)} chosen of {len(names)}")  # noqa: T201 - what a command prints


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
