"""Consistency checks on true results as printed: no false alarm; and how many slips put in are found."""

from random import Random

import pytest

from published_slips import COUNT_SLIPS, INTERVAL_SLIPS
from published_tables import (
    absolute_tables,
    alarms,
    checks_of,
    metafor_tables,
    revman_tables,
)

MAKERS = {
    "revman": (revman_tables, 5800, 30),
    "absolute": (absolute_tables, 8400, 40),
    "metafor": (metafor_tables, 200_000, 400),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_true_results_raise_no_question(name: str) -> None:
    """A sample of what `test_no_true_result_raises_a_question` checks in full."""
    make, _, step = MAKERS[name]
    tables = list(make(Random(1), step))
    assert len(tables) > 150
    for of, figures in tables:
        assert not alarms(checks_of(of, figures)), (of.measure, of.overrides, figures)


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_no_true_result_raises_a_question(name: str) -> None:
    make, least, _ = MAKERS[name]
    tables = list(make(Random(1)))
    assert len(tables) > least
    for of, figures in tables:
        assert not alarms(checks_of(of, figures)), (of.measure, of.overrides, figures)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*INTERVAL_SLIPS, *COUNT_SLIPS])
def test_slips_are_found(name: str) -> None:
    """At least nine of ten; docs/methods.md has the rates over all tables."""
    make, step = (revman_tables, 60) if name in INTERVAL_SLIPS else (absolute_tables, 80)
    slip, random = (INTERVAL_SLIPS | COUNT_SLIPS)[name], Random(2)
    changed = [
        (of, wrong)
        for of, figures in list(make(Random(1), step))
        if (wrong := slip(of, figures, random)) is not None
    ]
    assert len(changed) > 25
    found = sum(bool(alarms(checks_of(of, wrong))) for of, wrong in changed)
    assert found / len(changed) >= 0.85, f"{found} of {len(changed)}"
