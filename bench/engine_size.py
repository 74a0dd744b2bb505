"""What one `pool` costs at one size, in a process of its own: `engine.py` starts it.

python engine_size.py FOLDER ESTIMATOR SECONDS: pools FOLDER/{y,v,counts}.npy once for the memory, then
again until so many seconds are spent (twice at least, nine times at most). Prints the median and the
shortest seconds, and the bytes that the first call needed at its peak beyond the inputs.
"""

import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from repool.batch import Segments
from repool.effects import Effects
from repool.methods import Method
from repool.model import Measure
from repool.pooling import pool
from repool.trials import Trials

STATUS = Path("/proc/self/status")


def peak() -> int:
    """Most bytes ever resident in this process.

    Linux: of this program alone; `ru_maxrss` starts there with what the process before it had used.
    """
    if STATUS.exists():
        lines = STATUS.read_text("ascii").splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def seconds_of(y: np.ndarray, v: np.ndarray, counts: np.ndarray, method: Method) -> float:
    """Seconds of processor time of one `pool`, what is built from the arrays included."""
    start = time.process_time()
    effects = Effects(y, v, np.ones(len(y), np.bool_))
    pool(Trials(Measure.GIV, effects, None, Segments.of_counts(counts)), method)
    return time.process_time() - start


def main() -> None:
    folder, estimator, budget = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    method = Method(estimator, "IV", "random", estimator, "IV", prediction="t(k-2)")
    few = np.arange(1.0, 5.0)
    seconds_of(few, few, np.array([4]), method)  # what is loaded on first use is not the batch's
    y, v, counts = (np.load(folder / f"{name}.npy") for name in ("y", "v", "counts"))
    before = peak()
    times = [seconds_of(y, v, counts, method)]
    beyond = peak() - before
    while len(times) < 2 or (len(times) < 9 and sum(times) < budget):
        times.append(seconds_of(y, v, counts, method))
    print(repr(statistics.median(times)), repr(min(times)), beyond)


if __name__ == "__main__":
    main()
