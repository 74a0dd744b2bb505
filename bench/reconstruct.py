"""How long the searches for tables take, and how many tables agree.

python bench/reconstruct.py [tables]

Prints a table in Markdown: the published totals of pfmt-2014 with less and less given, and trials made at
random whose rounded totals are searched. `tables`: the limit on the work, a million as in the workflow.
"""

import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from repool.effects import natural
from repool.methods import COMPARISON
from repool.model import Measure
from repool.printed import read_printed
from repool.quantities import EFFECT
from repool.reconstruct.search import LIMIT, Cells, Published, pooled_with, possible, search

MH = COMPARISON["mh-common"]
NOTHING = np.zeros((0, 4), np.int64)
# Dumoulin 2014, abstract; Bø 1999 and Kim 2007: data/raw/pfmt-2014/studies.csv.
BO, KIM = [14, 25, 1, 30], [18, 33, 3, 32]


def published(
    totals: tuple[int, int, int, int], known: list[list[int]], searched: int, shown: tuple[str, ...]
) -> Published:
    """Totals and a printed risk ratio with its limits."""
    figures = {name: read_printed(text, False) for name, text in zip(EFFECT, shown, strict=True)}
    tables = np.array(known, np.int64).reshape(-1, 4)
    return Published(Measure.RR, MH, totals, tables, (Cells(),) * searched, figures)


def random_trials(size: int, trials: int, seed: int) -> Published:
    """Trials of about `size` participants an arm, of which the last two are searched."""
    random = np.random.default_rng(seed)
    n1, n2 = random.integers(size // 2, size * 3 // 2, (2, trials))
    tables = np.stack([random.binomial(n1, 0.4), n1, random.binomial(n2, 0.2), n2], axis=1)
    totals = tuple(int(x) for x in tables.sum(axis=0))
    empty = Published(Measure.RR, MH, totals, NOTHING, (Cells(),) * trials, {})  # type: ignore[arg-type]
    pooled = pooled_with(empty, tables[None], MH)
    shown = {name: natural(Measure.RR, getattr(pooled, name))[0] for name in EFFECT}
    figures = {name: read_printed(f"{value:.2f}", False) for name, value in shown.items()}
    return replace(empty, known=tables[:-2], searched=(Cells(),) * 2, figures=figures)


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else LIMIT
    improved, cure = ("17.33", "4.31", "69.64"), ("8.38", "3.68", "19.07")
    cases = {
        "improved, nothing given": published((32, 58, 2, 63), [], 2, improved),
        "cure, Bø 1999 and Kim 2007 given": published((46, 82, 5, 83), [BO, KIM], 2, cure),
        "cure, Bø 1999 given": published((46, 82, 5, 83), [BO], 3, cure),
        "cure, nothing given": published((46, 82, 5, 83), [], 4, cure),
    }
    for size in (20, 40, 80):
        cases[f"made, 2 of 5 trials searched, about {size} an arm"] = random_trials(size, 5, size)
    print("| search | tables by the totals | compared | agree | s |\n|---|---|---|---|---|")
    for name, case in cases.items():
        start = perf_counter()
        found = search(case, limit)
        seconds = perf_counter() - start
        count = f"{found.count:,}" if found.complete else f"at least {found.count:,}"
        print(f"| {name} | {possible(case):,} | {found.compared:,} | {count} | {seconds:.2f} |")


if __name__ == "__main__":
    main()
