"""The test for subgroup differences with the numbers put in (docs/methods.md, "Pooling")."""

from collections.abc import Sequence

from repool.model import Analysis
from repool.results import Results, SubgroupTest
from repool.worked.pooling import Working
from repool.worked.quantities import Quantity, computed, total


def subgroup_test(
    results: Results, analysis: Analysis, method: str, subgroups: Sequence[Working]
) -> list[Quantity]:
    """The numbers of the test in the order of the calculation; [] where there is no test."""
    tests = [
        each for each in results.subgroup_tests if (each.analysis, each.method) == (analysis.analysis, method)
    ]
    if not tests:
        return []
    return list(between_subgroups(tests[0], subgroups).values())


def between_subgroups(test: SubgroupTest, subgroups: Sequence[Working]) -> dict[str, Quantity]:
    """Q between subgroups, its df, p and I2, with the weights they come from."""
    used = [each for each in subgroups if "mu" in each.found and each.found["se"].value > 0]
    made: dict[str, Quantity] = {}
    weights, products = [], []
    for each in used:
        name, own = each.row.subgroup, {"mu": each.found["mu"], "se": each.found["se"]}
        w = computed("w", "1 / se**2", own, trial=name)
        weights.append(w)
        products.append(computed("wy", "w * mu", {**own, "w": w}, trial=name))
    made["sum_w"], made["sum_wy"] = total("sum_w", weights), total("sum_wy", products)
    made["mu_iv"] = computed("mu_iv", "sum_wy / sum_w", made)
    squares = [
        computed("q_i", "w * (mu - mu_iv)**2", {"w": w, "mu": each.found["mu"], "mu_iv": made["mu_iv"]},
                 trial=each.row.subgroup)
        for w, each in zip(weights, used, strict=True)
    ]  # fmt: skip
    made["sum_q_i"] = total("sum_q_i", squares)
    made["Q"] = computed("Q", "sum_q_i", made, test.q)
    made["k"] = Quantity("k", test.subgroups, basis=tuple(weights), exact=True)
    made["df"] = computed("df", "k - 1", made, test.df, exact=True)
    made["p_q"] = computed("p_q", "chi2(Q, df)", made, test.p)
    made["i2"] = computed("i2", "100 * max(0, (Q - df) / Q)", made, test.i2)
    parts = {id(q): q for pair in zip(weights, products, squares, strict=True) for q in pair}
    return {f"{each.symbol} {each.trial}": each for each in parts.values()} | made
