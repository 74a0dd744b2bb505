"""What inputs far larger than any real one cost, step by step, and how that grows with their size.

    python bench/load.py [trials] [analyses] [subgroups] [reviews] [rows] [revman5] [beyond]

Makes reviews (`load_inputs`), runs the whole workflow on each, a step at a time, and prints Markdown tables
for docs/reliability.md; all of it takes hours. Exponents are of processor seconds beyond those of a review of
two trials: 1 for a step whose work grows in proportion.
"""

import math
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from corpus import Cost, run
from load_inputs import Shape, write_corpus, write_plain_rows, write_review, write_revman5
from repool.raw_reviews import raw_reviews, shards

Costs = Mapping[str, Cost]
Inputs = Mapping[int, Callable[[Path], None]]
OF_EACH = ("import", "pool", "reproduce", "draw", "explain", "report")
OF_MANY = ("import", "pool", "reproduce", "report")
REST = "index, tables, provenance"
MANY = 25  # above it a run leaves out plots and what checks by hand


def review(shape: Shape) -> Callable[[Path], None]:
    return lambda raw: write_review(raw, "big", shape)


def revman5(rows: int, studies: int) -> Callable[[Path], None]:
    return lambda raw: write_revman5(raw / "big.rm5", rows, studies)


#: What is made of each kind, by size: sizes that double, so that growth shows.
GROWING: Mapping[str, Inputs] = {
    "trials": {n: review(Shape(1, n)) for n in (1_250, 2_500, 5_000, 10_000)},
    "analyses": {n: review(Shape(n, 7)) for n in (250, 500, 1_000, 2_000)},
    "subgroups": {n: review(Shape(1, 5 * n, 5)) for n in (125, 250, 500, 1_000)},
    "reviews": {n: lambda raw, n=n: write_corpus(raw, n) for n in (625, 1_250, 2_500, 5_000)},
}
#: The largest that is admitted, of one analysis or study and of many; and what is refused for its size.
EXTREME: Mapping[str, Inputs] = {
    "rows": {1: review(Shape(1, 19_900)), 1_990: review(Shape(1_990, 10))},
    "revman5": {1: revman5(20_000, 1), 20_000: revman5(20_000, 20_000)},
    "beyond": {
        99_900: revman5(99_900, 1),
        **{
            size: lambda raw, size=size: write_plain_rows(raw / "big-data-rows.csv", size)
            for size in (24_000_000, 500_000_000)
        },
    },
}


def main() -> None:
    wanted = sys.argv[1:] or [*GROWING, *EXTREME]
    print(f"two cores; load {os.getloadavg()[0]:.1f}\n", flush=True)
    print(
        "| input | step | wall s | processor s | MB | results MB |\n|---|---|---:|---:|---:|---:|", flush=True
    )
    start = costs("start, 2 trials", review(Shape(1, 2)))
    grown = {}
    for kind in wanted:
        inputs = GROWING.get(kind) or EXTREME[kind]
        grown[kind] = {size: costs(f"{kind} {size:,}", write) for size, write in inputs.items()}
    for kind, by_size in grown.items():
        if kind in GROWING:
            show_growth(kind, by_size, start)


def costs(name: str, write: Callable[[Path], None]) -> Costs:
    """What each step costs on an input of its own; a line is printed of each."""
    with tempfile.TemporaryDirectory(prefix="load-") as place:
        raw, folder = Path(place, "raw"), Path(place, "run")
        raw.mkdir()
        folder.mkdir()
        write(raw)
        reviews = list(raw_reviews(raw)[0])
        found = {}
        for step in OF_MANY if len(reviews) > MANY else OF_EACH:
            targets = [f"results/.steps/{shard}/{step}.json" for shard in shards(reviews)]
            found[step] = run(folder, raw, *targets)
            show(name, step, found[step], folder)
        found[REST] = run(folder, raw)
        show(name, REST, found[REST], folder)
        return found


def show(name: str, step: str, cost: Cost, folder: Path) -> None:
    size = sum(path.stat().st_size for path in (folder / "results").rglob("*") if path.is_file()) / 1e6
    numbers = f"{cost.wall:.1f} | {cost.processor:.1f} | {cost.peak:.0f} | {size:.1f}"
    print(f"| {name} | {step} | {numbers} |", flush=True)


def show_growth(kind: str, by_size: Mapping[int, Costs], start: Costs) -> None:
    """Processor seconds and memory of each step at each size, and the exponent from the first to the last."""
    sizes = list(by_size)
    heads = [f"{size:,}" for size in sizes]
    print(f"\n| {kind}, processor s | {' | '.join(heads)} | exponent | MB, first and last |")
    print("|---|" + "---:|" * (len(sizes) + 2))
    for step in by_size[sizes[0]]:
        own = [by_size[size][step] for size in sizes]
        seconds = " | ".join(f"{each.processor:.1f}" for each in own)
        beyond = [each.processor - start[step].processor for each in (own[0], own[-1])]
        power = "–"
        if beyond[0] > 0.5:  # less is lost in what the start itself varies by
            power = f"{math.log(beyond[1] / beyond[0]) / math.log(sizes[-1] / sizes[0]):.2f}"
        print(f"| {step} | {seconds} | {power} | {own[0].peak:.0f}, {own[-1].peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
