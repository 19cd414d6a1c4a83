"""10,000 requests that nobody thought of, as every role: `python -m benchmarks.fuzzing --cases 10000 --seed 1`.

Prints the statuses and every fault (5xx, or a status that the OpenAPI document does not name); exit 1 when there are
any.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from pathlib import Path

os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parents[1] / "var" / "numba"))  # before any engine

from gridsvc import cluster
from gridsvc.storage import migrate
from tests.api.conftest import serving_district
from tests.api.test_fuzzing import fuzzer


def main() -> None:
    """Serve a seeded district on the loopback and send the cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], help="paths that hold one of these words")
    given = parser.parse_args()
    statuses: Counter[int] = Counter()
    n_faults = 0
    with tempfile.TemporaryDirectory() as folder, cluster.running(Path(folder), durable=False) as database:
        migrate(database.owner_url)
        with serving_district(database) as served, fuzzer(served, given.seed) as drawn:
            for case in drawn.run(given.cases, only=given.only):
                statuses[case.status] += 1
                for fault in drawn.faults([case]):
                    n_faults += 1
                    print("FAULT", fault, flush=True)
    print(f"{given.cases} cases, seed {given.seed}: {n_faults} faults; statuses {dict(sorted(statuses.items()))}")
    raise SystemExit(1 if n_faults else 0)


if __name__ == "__main__":
    main()
