"""The likelihood of tau2: its derivatives, and its modes where it has two."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from batches import floats
from repool.batch import Segments
from repool.estimates import Estimates
from repool.likelihood import Likelihood
from repool.tau2 import ESTIMATORS

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("tau2", [0.0, 0.1, 3.0])
def test_the_derivatives_of_the_likelihood(tau2, restricted):
    y, v = floats([0, 2, 6, 1, -3]), floats([1, 1, 2, 1e-3, 40])
    likelihood = Likelihood(Estimates.of(y, v, Segments.of_counts([5])), restricted)
    step = 1e-7
    slope, bend = (
        (function(floats([tau2 + step])) - function(floats([tau2 - step]))) / (2 * step)
        for function in (likelihood.value, likelihood.score)
    )
    assert_allclose(likelihood.score(floats([tau2])), slope, rtol=1e-5)
    assert_allclose(likelihood.slopes(floats([tau2])), (slope, bend), rtol=1e-5)


@pytest.mark.parametrize(
    ("precise", "vague", "v", "spreads", "tau2"),
    [(45, 45, 1e-8, (0.031, 5.92), 0.00034385), (60, 30, 1e-7, (0.171, 6.35), 2.9646018)],
)
def test_reml_takes_the_higher_of_two_narrow_modes(precise, vague, v, spreads, tau2):
    # many precise trials want a small tau2, many vague ones a large one; it is nearly a tie, and the
    # points of a coarse grid, which miss both peaks, rank them the wrong way round
    y = np.concatenate([spreads[0] * np.linspace(-1, 1, precise), spreads[1] * np.linspace(-1, 1, vague)])
    v = np.repeat([v, 1.0], [precise, vague])
    segments = Segments.of_counts([len(y)])
    likelihood = Likelihood(Estimates.of(y, v, segments), restricted=True)
    curve = likelihood.value(np.geomspace(1e-6, 100, 4000)[:, None])[:, 0]
    assert ((curve[1:-1] > curve[:-2]) & (curve[1:-1] > curve[2:])).sum() == 2
    found, converged = ESTIMATORS["REML"](Estimates.of(y, v, segments))
    assert converged[0]
    assert likelihood.value(found)[0] >= curve.max()
    assert found[0] == pytest.approx(tau2, rel=1e-4)
