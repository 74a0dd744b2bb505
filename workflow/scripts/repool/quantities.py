"""The quantities a published figure can be of, and the groups in which they are judged together.

A group's figures come from one calculation, so another method explains them only together.
"""

EFFECT = ("estimate", "ci_low", "ci_high")
POOLED = (
    *EFFECT, "p_effect", "tau2", "q", "df", "p_q", "i2",
    "prediction_low", "prediction_high",
)  # fmt: skip
#: As RevMan prints it, without its sign; pooled.csv has the two figures that make it.
STATISTIC = "z_effect"
ABSOLUTE = (
    "control_per_1000", "experimental_per_1000", "experimental_per_1000_low",
    "experimental_per_1000_high",
)  # fmt: skip
ARMS = ("experimental_events", "experimental_total", "control_events", "control_total")
PERCENTS = ("experimental_percent", "control_percent")
COUNTS = (*ARMS, *PERCENTS, "participants", "trials")
SUBGROUPS = ("subgroup_q", "subgroup_df", "subgroup_p", "subgroup_i2")
REGRESSION = ("meta_regression_slope", "meta_regression_se", "meta_regression_tau2")
#: Beside a pooled result: the interval of its tau2, and a subgroup's percentage of the overall weight.
TAU2_LIMITS = ("tau2_low", "tau2_high")
WEIGHT = "weight"
QUANTITIES = (*POOLED, STATISTIC, *TAU2_LIMITS, WEIGHT, *ABSOLUTE, *COUNTS, *SUBGROUPS, *REGRESSION)

#: The analysis name under which published.csv lists figures about the whole review.
WHOLE_REVIEW = "review"
REVIEW_QUANTITIES = (
    "trials", "participants", "experimental_total", "control_total", "trials_with_data",
    "participants_with_data",
)  # fmt: skip
