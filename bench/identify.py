"""What identification costs: milliseconds an analysis, on the weights of 353 Cochrane reviews in ../shared.

Run with `.venv/bin/python bench/identify.py`. Reading the files does not count. Processor time of one core.
"""

import os
import sys
from pathlib import Path
from time import process_time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests")]

import numpy as np  # noqa: E402

from cochrane_totals import Batch, batches  # noqa: E402
from repool.identify.search import identify  # noqa: E402

ROUNDS = 5


def main() -> None:
    every = list(batches())
    analyses = len({name for batch in every for name, _ in batch.names})
    totals = sum(len(batch.names) for batch in every)
    trials = sum(len(batch.asked.trials) for batch in every)
    print(f"{analyses:,} analyses with {totals:,} totals and {trials:,} trials")
    times = sorted(timed(every) for _ in range(ROUNDS))
    median = times[ROUNDS // 2]
    print(f"all at once: {median:.2f} s, {1000 * median / analyses:.3f} ms an analysis (median of {ROUNDS})")
    alone = [batch for batch in every if len(batch.names) > 100]
    start = process_time()
    count = 0
    for batch in alone:
        for number in range(0, len(batch.names), 40):
            identify(one_of(batch, number), batch.base)
            count += 1
    print(f"one at a time: {1000 * (process_time() - start) / count:.2f} ms a total ({count} of them)")


def timed(every: list[Batch]) -> float:
    """Seconds to identify all."""
    start = process_time()
    for batch in every:
        identify(batch.asked, batch.base)
    return process_time() - start


def one_of(batch: Batch, number: int):
    """One total alone."""
    which = [place == number for place in range(len(batch.names))]
    return batch.asked.only(np.array(which))


if __name__ == "__main__":
    main()
