"""10,000 requests that nobody thought of, as every role: `python -m benchmarks.fuzzing --cases 10000 --seed 1`.

Half of them are drawn by schemathesis in linked scenarios from the OpenAPI document alone, half by a fuzzer that knows
the district's identifiers and acts on what earlier requests made. Prints the statuses and every fault (5xx, a status,
media type or body that the OpenAPI document does not name); exit 1 when there are any.
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
from tests.api.conftest import Served, serving_district
from tests.api.test_fuzzing import drawn_scenarios, fuzzer


def main() -> None:
    """Serve a seeded district on the loopback and send the cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], help="paths that hold one of these words; known cases only")
    parser.add_argument("--by", choices=["both", "schemathesis", "known"], default="both")
    given = parser.parse_args()
    shares = {"both": (given.cases // 2, given.cases - given.cases // 2), "schemathesis": (given.cases, 0)}
    n_drawn, n_known = shares.get(given.by, (0, given.cases))
    with tempfile.TemporaryDirectory() as folder, cluster.running(Path(folder), durable=False) as database:
        migrate(database.owner_url)
        with serving_district(database) as served:
            n_faults = by_schemathesis(served, n_drawn, given.seed) if n_drawn else 0
            n_faults += by_known(served, n_known, given.seed, given.only) if n_known else 0
    raise SystemExit(1 if n_faults else 0)


def by_schemathesis(served: Served, n_cases: int, seed: int) -> int:
    """Send linked scenarios; give the number of faults."""
    told = 0
    tally = drawn_scenarios(served, n_cases, seed)
    for fault in tally.faults:
        print("FAULT", fault, flush=True)
        told += 1
    print(
        f"schemathesis: {tally.n_cases} cases, seed {seed}: {told} faults; "
        f"statuses {dict(sorted(tally.statuses.items()))}",
        flush=True,
    )
    return told


def by_known(served: Served, n_cases: int, seed: int, only: list[str]) -> int:
    """Send cases that know the district; give the number of faults."""
    statuses: Counter[int] = Counter()
    n_faults = 0
    with fuzzer(served, seed) as drawn:
        for case in drawn.run(n_cases, only=only):
            statuses[case.status] += 1
            for fault in drawn.faults([case]):
                n_faults += 1
                print("FAULT", fault, flush=True)
    print(
        f"known: {n_cases} cases, seed {seed}: {n_faults} faults; statuses {dict(sorted(statuses.items()))}", flush=True
    )
    return n_faults


if __name__ == "__main__":
    main()
