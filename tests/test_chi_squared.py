"""The tail of chi-squared for whole degrees of freedom against scipy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import chdtrc

from batches import floats
from repool.chi_squared import chi_squared_tail

pytestmark = pytest.mark.filterwarnings("error")


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(1, 90), st.floats(-300, 3.3).map(lambda power: 10.0**power)), max_size=30)
)
def test_like_scipys(pairs):
    df, q = floats(pairs).reshape(-1, 2).T
    assert_allclose(chi_squared_tail(df, q), chdtrc(df, q), rtol=1e-12)


def test_edges():
    df = floats([1, 2, 3, 64, 65, 1, 4])
    assert_array_equal(chi_squared_tail(df, np.zeros(7)), np.ones(7))
    assert np.isnan(chi_squared_tail(df, np.full(7, np.nan))).all()
    assert_array_equal(chi_squared_tail(df, np.full(7, 1e6)), np.zeros(7))
    assert len(chi_squared_tail(floats([]), floats([]))) == 0


def test_printed_values():
    # Abramowitz & Stegun, table 26.8: chi2 with this probability beyond it
    assert_allclose(chi_squared_tail(floats([1, 2, 10, 30]), floats([3.84146, 9.21034, 18.3070, 50.8922])),
                    [0.05, 0.01, 0.05, 0.01], rtol=2e-5)  # fmt: skip
