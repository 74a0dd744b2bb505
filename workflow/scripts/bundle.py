"""Pack a review's results to hand on: python workflow/scripts/bundle.py <review> [results] [data/raw]"""

import sys
from pathlib import Path

from repool.agreement import read_outcome
from repool.crate import CRATE
from repool.deposit import stale, write_bundle
from repool.normal_form import STOPPED
from repool.raw_reviews import raw_reviews

name, out, raw = (*sys.argv[1:], *("", "results", "data/raw")[len(sys.argv) - 1 :])
root = Path(__file__).resolve().parents[2]
folder, reviews = Path(out, name), raw_reviews(Path(raw))[0]
if name not in reviews:
    sys.exit(f'There is no review "{name}" in {raw}; there is: {", ".join(reviews)}')
if not (folder / CRATE).is_file():
    sys.exit(f"{folder} has no complete results yet; first: make")
if read_outcome(folder)[1] == STOPPED:
    sys.exit(f"{name} was stopped, there is nothing to hand on; why: {folder}/problems.csv")
if reasons := stale(folder, root, reviews[name]):
    shown = "\n".join(f"  {reason}" for reason in reasons[:10])
    sys.exit(f"{folder} is out of date; first: make\n{shown}")
bundle = folder.with_name(f"{name}.zip")
write_bundle(folder, bundle)
print(f"{bundle}: {bundle.stat().st_size / 1e6:.1f} MB, made from {folder}")
