"""Ratios of means and the other standardised differences by hand; the small-sample correction."""

from math import gamma, inf, log, nan, pi, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from batches import floats
from repool.effects import SMD_VARIANTS, Effects, continuous, hedges_correction
from repool.model import Measure

pytestmark = pytest.mark.filterwarnings("error")


def means(measure: Measure, *numbers: float, smd: str = "revman") -> Effects:
    return continuous(measure, *(floats([number]) for number in numbers), smd=smd)


def same(effects: Effects, y: float, v: float) -> None:
    assert effects.estimable.all()
    assert_allclose((effects.y[0], effects.v[0]), (y, v), rtol=1e-14)


def not_estimable(effects: Effects) -> bool:
    return not effects.estimable.any() and not effects.y.any() and not effects.v.any()


# ratio of means


def test_ratio_of_means():
    same(means(Measure.ROM, 10, 2, 16, 8, 3, 9), log(10 / 8), 4 / 1600 + 9 / 576)


def test_ratio_of_two_means_below_zero():
    same(means(Measure.ROM, -10, 2, 16, -8, 3, 9), log(10 / 8), 4 / 1600 + 9 / 576)


@pytest.mark.parametrize(("first", "second"), [(10, -8), (-10, 8), (0, 8), (10, 0), (0, 0), (-0.0, 8)])
def test_means_of_unlike_sign_have_no_ratio(first, second):
    assert not_estimable(means(Measure.ROM, first, 2, 16, second, 3, 9))


def test_ratio_of_means_with_one_sd_of_zero_has_the_variance_of_the_other_arm():
    same(means(Measure.ROM, 10, 0, 16, 8, 3, 9), log(10 / 8), 9 / 576)
    same(means(Measure.ROM, 10, 2, 16, 8, 0, 9), log(10 / 8), 4 / 1600)
    assert not_estimable(means(Measure.ROM, 10, 0, 16, 8, 0, 9))


# standardised mean difference


def test_hedges_g_with_the_exact_correction():
    # N - 2 = 4: J = Gamma(2) / (sqrt(2) Gamma(3/2)) = sqrt(2/pi)
    g = 0.5 * sqrt(2 / pi)
    same(means(Measure.SMD, 11, 2, 3, 10, 2, 3, smd="exact"), g, 2 / 3 + g**2 / 12)


def test_glass_delta_takes_the_sd_of_the_control_arm():
    # n2 - 1 = 2: J = Gamma(1) / Gamma(1/2) = 1/sqrt(pi)
    delta = 1 / sqrt(pi)
    same(means(Measure.SMD, 11, nan, 5, 9, 2, 3, smd="glass"), delta, 1 / 5 + 1 / 3 + delta**2 / 6)


@pytest.mark.parametrize("variant", SMD_VARIANTS)
@pytest.mark.parametrize(
    "numbers",
    [(11, 2, 1, 10, 2, 2), (11, 2, 1, 10, 2, 1), (11, 2, 0, 10, 2, 9), (11, 2, 9, 10, 2, 0),
     (1, 0, 9, 2, 0, 9), (11, -2, 1, 10, -2, 9), (nan, 2, 9, 10, 2, 9), (inf, 2, 9, 10, 2, 9),
     (11, 2, 9, 10, nan, 9)],
)  # fmt: skip
def test_too_few_participants_or_no_spread(variant, numbers):
    assert not_estimable(means(Measure.SMD, *numbers, smd=variant))


def test_one_sd_of_zero_matters_to_revman_alone():
    numbers = (11, 0, 10, 10, 2, 10)
    assert not_estimable(means(Measure.SMD, *numbers))
    g = 1 / sqrt(2) * gamma(9) / (3 * gamma(8.5))  # the pooled variance is (0 + 9 * 4)/18 = 2
    same(means(Measure.SMD, *numbers, smd="exact"), g, 0.2 + g**2 / 40)
    same(means(Measure.SMD, 11, 2, 10, 10, 0, 10, smd="exact"), g, 0.2 + g**2 / 40)


def test_the_fewest_participants_of_the_exact_correction():
    g = 0.5 / sqrt(pi)  # N - 2 = 2: J = Gamma(1) / Gamma(1/2)
    same(means(Measure.SMD, 11, 2, 2, 10, 2, 2, smd="exact"), g, 1 + g**2 / 8)


@pytest.mark.parametrize("measure", [Measure.MD, Measure.ROM])
def test_an_arm_without_participants(measure):
    assert not_estimable(means(measure, 10, 2, 0, 8, 3, 9))
    assert not_estimable(means(measure, 10, 2, 9, 8, 3, 0))


def test_a_difference_of_means_of_one_participant_each():
    same(means(Measure.MD, 10, 2, 1, 8, 3, 1), 2, 13)


@pytest.mark.parametrize("totals", [(-5, 9), (9, -5)])
def test_fewer_participants_than_none(totals):
    # the large SD on the other side would make the variance positive
    first, second = (0.1, 50) if totals[0] < 0 else (50, 0.1)
    for measure in (Measure.MD, Measure.ROM):
        assert not_estimable(means(measure, 10, first, totals[0], 8, second, totals[1]))


def test_another_variant_is_refused():
    with pytest.raises(ValueError, match="smd: cohen is not one of revman, exact, glass"):
        means(Measure.SMD, 11, 2, 10, 10, 2, 10, smd="cohen")


# J(m), to 30 digits with mpmath 1.3.0 at 60 digits: gamma(m/2) / (gamma((m - 1)/2) * sqrt(m/2))

CORRECTION = {
    1.5: "0.390276218869176306949421595237",
    2: "0.564189583547756286948079451560",
    2.5: "0.661579868984308898890564472032",
    4: "0.797884560802865355879892119868",
    10: "0.922745608053087103358957539608",
    30: "0.974754378214402002460726680795",
    50: "0.984911942295572601149585285486",
    100: "0.992478054981444866600787396274",
    170: "0.995580651813351321756196289536",
    171: "0.995606540125602774553749764369",
    300: "0.997497566843858608280697218396",
    400: "0.998123631714998272248712941892",
    1000: "0.999249781179716367518101608685",
    5000: "0.999849991249437546112614916855",
    10001: "0.999925005312117220846078198060",
    20000: "0.999962499453116211117572135371",
    99999: "0.999992499903123742171616023667",
    100000: "0.999992499978124929687788091833",
    1000000: "0.999999249999781249929687528808",
    10000000: "0.999999924999997812499929687502",
    100000000: "0.999999992499999978124999929687",
    1_000_000_000: "0.999999999249999999781249999929",
    1_000_000_000_000: "0.999999999999249999999999781249",
}


@pytest.mark.parametrize("df", CORRECTION)
def test_the_small_sample_correction(df):
    assert_allclose(hedges_correction(floats([df])), float(CORRECTION[df]), rtol=1e-15)


def test_the_correction_at_the_seam_of_its_two_ways():
    below, above = hedges_correction(floats([100, np.nextafter(100, 101)]))
    assert_allclose(below, above, rtol=5e-16)


def test_the_correction_grows_towards_one():
    df = floats(np.geomspace(1.001, 1e9, 4001))
    correction = hedges_correction(df)
    assert (np.diff(correction) > -4e-16).all()
    assert (correction < 1).all()
    assert (np.abs(1 - correction - 0.75 / df) < 2 / df**2 + 4e-16).all()


def test_without_degrees_of_freedom_the_correction_is_zero():
    assert_array_equal(hedges_correction(floats([1, 0.5, 0, -1, nan])), 0)
