"""The columns of a package's files, in both generations, and the figures that they hold."""

#: Which columns of the data rows hold which figure of a row.
FIGURES = {
    "experimental_mean": "Experimental mean", "experimental_sd": "Experimental SD",
    "experimental_events": "Experimental cases", "experimental_total": "Experimental N",
    "control_mean": "Control mean", "control_sd": "Control SD",
    "control_events": "Control cases", "control_total": "Control N",
    "estimate": "GIV Mean", "se": "GIV SE", "o_minus_e": "O-E", "variance": "Variance",
}  # fmt: skip
#: And which hold what RevMan made of the row.
PRINTED = {"estimate": "Mean", "ci_low": "CI start", "ci_high": "CI end", "weight": "Weight"}

GROUP, NUMBER, NAME, SUBGROUP, STUDY = (
    "Analysis group", "Analysis number", "Analysis name", "Subgroup", "Study",
)  # fmt: skip
APPLICABILITY, YEAR, FOOTNOTES = "Applicability", "Study year", "Footnotes"

ROWS_NEEDED = (
    GROUP, NUMBER, NAME, STUDY,
    *(column for figure, column in FIGURES.items() if figure not in ("o_minus_e", "variance")),
)  # fmt: skip
ROWS_OPTIONAL = (SUBGROUP, APPLICABILITY, YEAR, "O-E", "Variance", *PRINTED.values(), FOOTNOTES)

GROUP_NAME, SOURCE, DATA_TYPE, LOG_SCALE = (
    "Analysis group name", "Data source", "Data type", "Log-scale data",
)  # fmt: skip
EXPERIMENTAL, CONTROL = "Experimental intervention", "Control intervention"
EXPERIMENTAL_LABEL, CONTROL_LABEL = "Experimental group label", "Control group label"
SUBGROUP_BY, METHOD, MEASURE, UNIT, MODEL = (
    "Subgroup by", "Statistical method", "Effect measure", "Unit of effect measure", "Analysis model",
)  # fmt: skip
SUBGROUP_TOTALS, OVERALL_TOTAL, SUBGROUP_TEST, SWAP = (
    "Subgroup estimates", "Overall estimates", "Test for subgroup differences", "Swap event and non-event",
)  # fmt: skip
#: Of the old generation.
STUDY_LEVEL, TOTAL_LEVEL = "Study CI", "Estimate CI"
#: Of the new generation.
ESTIMATOR, CI_METHOD, LEVEL, PREDICTION = (
    "Heterogeneity estimator", "CI method", "CI/PI level", "Prediction interval",
)  # fmt: skip

ARMS = {
    "experimental_events": "Experimental cases", "experimental_total": "Experimental N",
    "control_events": "Control cases", "control_total": "Control N",
}  # fmt: skip
EFFECT = {"estimate": "Mean", "ci_low": "CI start", "ci_high": "CI end"}
HETEROGENEITY = {
    "tau2": "Heterogeneity Tau²", "q": "Heterogeneity Chi²", "df": "Heterogeneity df",
    "p_q": "Heterogeneity P", "i2": "Heterogeneity I²",
}  # fmt: skip
TEST = {"z_effect": "Effect Z", "p_effect": "Effect P"}
T_STATISTIC = "Effect T"
TAU2_INTERVAL, LIMITS_OF_TAU2 = "Tau² CI", {"tau2_low": "Tau² CI start", "tau2_high": "Tau² CI end"}
WEIGHT = {"weight": "Weight"}
LIMITS_OF_PREDICTION = {"prediction_low": "PI start", "prediction_high": "PI end"}
SUBGROUP_DIFFERENCES = {
    "subgroup_q": "Subgroup Chi²", "subgroup_df": "Subgroup df", "subgroup_p": "Subgroup P",
    "subgroup_i2": "Subgroup I²",
}  # fmt: skip

SETTINGS_NEEDED = (GROUP, NUMBER, NAME, DATA_TYPE, METHOD, MEASURE, MODEL, OVERALL_TOTAL)
SETTINGS_OPTIONAL = (
    GROUP_NAME, SOURCE, LOG_SCALE, EXPERIMENTAL, CONTROL, EXPERIMENTAL_LABEL, CONTROL_LABEL, SUBGROUP_BY,
    UNIT, SUBGROUP_TOTALS, SUBGROUP_TEST, SWAP, STUDY_LEVEL, TOTAL_LEVEL, ESTIMATOR, CI_METHOD, LEVEL,
    PREDICTION, TAU2_INTERVAL, *LIMITS_OF_TAU2.values(), *ARMS.values(), *EFFECT.values(),
    *HETEROGENEITY.values(), *TEST.values(), T_STATISTIC,
    *LIMITS_OF_PREDICTION.values(), *SUBGROUP_DIFFERENCES.values(),
)  # fmt: skip
SUBGROUPS_NEEDED, SUBGROUP_NUMBER = (GROUP, NUMBER, SUBGROUP), "Subgroup number"
SUBGROUPS_OPTIONAL = (
    SUBGROUP_NUMBER,
    *WEIGHT.values(), *ARMS.values(), *EFFECT.values(), *HETEROGENEITY.values(), *TEST.values(),
    T_STATISTIC, *LIMITS_OF_TAU2.values(),
)  # fmt: skip
