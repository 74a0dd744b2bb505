"""Every computed column and row of the audit workbook: its name, its formula and its source.

The last sheet lists them; docs/methods.md is the full account.
"""

from repool.model import Bilingual
from repool.workbook.formulas_methods import METHODS
from repool.workbook.formulas_trials import TRIALS, Entry

#: In the order in which a sheet has them.
ENTRIES: dict[str, Entry] = TRIALS | METHODS


def label(name: str) -> Bilingual:
    """What a quantity is called."""
    return ENTRIES[name].label


def symbol(name: str, case: str = "") -> str:
    """Its formula in symbols; of one that depends on the case (a measure, an estimator) the part for that."""
    whole = ENTRIES[name].symbol
    parts = [part.removeprefix(f"{case} ") for part in whole.split("; ") if part.startswith(f"{case} ")]
    return parts[0] if case and parts else whole
