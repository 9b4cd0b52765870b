"""`python -m bench`: every benchmark, one after another. One alone: `python -m bench.product`, `python -m bench.pipeline`, `python -m bench.engine`."""

import importlib
import pkgutil
import sys

import bench

NOT_BENCHMARKS = {"__main__", "table", "records", "hops"}


def main() -> None:
    """Run all, in the order of their names; further arguments are for none of them."""
    sys.argv = sys.argv[:1]
    for info in pkgutil.iter_modules(bench.__path__):
        if info.name not in NOT_BENCHMARKS and not info.ispkg:
            importlib.import_module(f"bench.{info.name}").main()


if __name__ == "__main__":
    main()
