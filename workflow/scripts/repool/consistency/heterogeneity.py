"""Q, its degrees of freedom and p, I2 and tau2: whether they fit each other."""

import math
from collections.abc import Iterator

from repool.consistency.intervals import effect_of
from repool.consistency.methods import assumed
from repool.consistency.records import Check, Figure, Group, Outcome, Severity, Values, check, said, shown
from repool.consistency.spans import Span, exactly
from repool.consistency.tails import MOST_DF, chi_squared_p, normal_quantile
from repool.consistency.words import text


def check_heterogeneity(group: Group, trials: frozenset[int]) -> Iterator[Check]:
    """Every check of one group's Q, df, p, I2 and tau2; of the test for subgroup differences too."""
    from_q = assumed(group).i2_from == "Q"
    for q, df, p, i2, by_q in (("q", "df", "p_q", "i2", from_q), _SUBGROUPS):
        if group.have(q, df) and _is_test(group[q], group[df]):
            if group.have(i2):
                yield _i2(group[i2], group[q], group[df], by_q)
            if group.have(p):
                yield _p_of_q(group[p], group[q], group[df])
    if group.have("df") and trials:
        yield _df(group["df"], trials, group)
    if group.have("tau2"):
        yield from _tau2(group)


_SUBGROUPS = ("subgroup_q", "subgroup_df", "subgroup_p", "subgroup_i2", True)


def _is_test(q: Figure, df: Figure) -> bool:
    return 1 <= df.span.low <= MOST_DF and not (q.printed.relation or df.printed.relation)


def i2_of(q: Span, df: float) -> Span:
    """100 (Q - df) / Q in percent, cut at 0 (Higgins & Thompson 2002)."""
    return q.within(0.0, math.inf).by(lambda value: 100 * (1 - df / value) if value > df else 0.0)


def _i2(i2: Figure, q: Figure, df: Figure, from_q: bool) -> Check:
    """Whether I2 is (Q - df) / Q; a decimal fraction and a wrong df are looked for."""
    figures, number = [i2, q, df], df.printed.value
    expected = i2_of(q.span, number)
    made: Values = {"expected": f"{i2.claim.quantity} {shown(expected)}", "found": i2.claim.value}
    if i2.span.meets(expected):
        return check("i2", Outcome.AGREES, figures, text("i2-agrees"), **made)
    if not from_q:
        return check("i2", Outcome.CANNOT_TELL, figures, text("i2-from-tau2"), **made)
    remedy = text("fix-i2", expected=said(expected, 3))
    if (i2.span * exactly(100)).meets(expected):
        remedy = text("slip-fraction")
    elif i2.span.meets(i2_of(q.span, number + 1)):
        remedy = text("slip-df", df=f"{number + 1:.0f}")
    elif i2.span.meets(i2_of(q.span, number - 1)):
        remedy = text("slip-df", df=f"{number - 1:.0f}")
    why = text("i2-differs", i2=i2.text, q=q.text, df=df.text, expected=said(expected, 3))
    return check("i2", Outcome.DIFFERS, figures, why, severity=Severity.QUESTION, to_agree=remedy, **made)


def _p_of_q(p: Figure, q: Figure, df: Figure) -> Check:
    """Whether p is the chi-squared tail beyond Q."""
    figures, number = [p, q, df], int(df.printed.value)
    expected = _tail(q.span, number)
    made: Values = {"expected": f"{p.claim.quantity} {shown(expected)}", "found": p.claim.value}
    if p.span.meets(expected):
        return check("p-of-q", Outcome.AGREES, figures, text("p-of-q-agrees"), **made)
    remedy = text("fix-p", expected=said(expected, 3))
    for other in (number - 1, number + 1):
        if other > 0 and p.span.meets(_tail(q.span, other)):
            remedy = text("slip-df", df=str(other))
    why = text("p-of-q-differs", p=p.text, q=q.text, df=df.text, expected=said(expected, 3))
    return check("p-of-q", Outcome.DIFFERS, figures, why, severity=Severity.QUESTION, to_agree=remedy, **made)


def _tail(q: Span, df: int) -> Span:
    """What p can be, 1e-9 wider than computed."""
    tail = q.within(0.0, math.inf).by(lambda value: chi_squared_p(value, df))
    return Span(tail.low * (1 - 1e-9), tail.high * (1 + 1e-9))


def _df(df: Figure, trials: frozenset[int], group: Group) -> Check:
    """Whether there is one degree of freedom fewer than trials."""
    figures = [df, *group.listed(("trials",))]
    number, most = df.printed.value, max(trials)
    made: Values = {"expected": f"df {most - 1}", "found": df.claim.value}
    if number + 1 in trials:
        return check("df", Outcome.AGREES, figures, text("df-agrees"), **made)
    if number + 1 < most:
        why = text("df-fewer", df=df.text, trials=str(most))
        return check("df", Outcome.CANNOT_TELL, figures, why, **made)
    why = text("df-more", df=df.text, trials=str(most))
    return check(
        "df", Outcome.DIFFERS, figures, why, severity=Severity.QUESTION,
        to_agree=text("fix-df", trials=f"{number + 1:.0f}", df=str(most - 1)), **made,
    )  # fmt: skip


def _tau2(group: Group) -> Iterator[Check]:
    """Whether tau2 is 0 where Q and I2 say so, and above 0 where they say so."""
    tau2, method = group["tau2"], assumed(group)
    if tau2.span.high < 0:
        yield check(
            "tau2", Outcome.DIFFERS, [tau2], text("tau2-negative", tau2=tau2.text),
            severity=Severity.SERIOUS, to_agree=text("fix-tau2-negative"),
        )  # fmt: skip
    elif group.have("q", "df") and _is_test(group["q"], group["df"]) and method.tau2 == "DL":
        yield _tau2_and_q(group, tau2, group["q"], group["df"])
    elif group.have("i2"):
        i2 = group["i2"]
        yield _tau2_and_i2(group, tau2, i2.span, [tau2, i2])


def _tau2_and_q(group: Group, tau2: Figure, q: Figure, df: Figure) -> Check:
    """DerSimonian-Laird's tau2 is above 0 just where Q exceeds its degrees of freedom."""
    figures = [tau2, q, df]
    if tau2.span.low > 0 and q.span.high <= df.span.low:
        why = text("tau2-above-q", tau2=tau2.text, q=q.text, df=df.text)
        return check(
            "tau2", Outcome.DIFFERS, figures, why, severity=Severity.QUESTION, expected="tau2 0",
            found=tau2.claim.value, to_agree=text("fix-tau2-zero"),
        )  # fmt: skip
    return _tau2_and_i2(group, tau2, i2_of(q.span, df.printed.value), figures)


def _tau2_and_i2(group: Group, tau2: Figure, i2: Span, figures: list[Figure]) -> Check:
    """Whether tau2 reaches the least that I2, the interval and the number of trials leave room for.

    With k trials, r = I2 / (1 - I2) and SE the Wald standard error of the random-effects value,
    tau2 = r v for the typical variance v >= k (SE^2 - tau2), so that tau2 >= k r SE^2 / (1 + k r).
    """
    least, method = _least_tau2(group, i2), assumed(group)
    if tau2.span.high >= least:
        odd = i2.low <= 0 < tau2.span.low and i2.high < 1
        code, outcome = ("tau2-odd", Outcome.CANNOT_TELL) if odd else ("tau2-agrees", Outcome.AGREES)
        return check("tau2", outcome, figures, text(code))
    if method.ci != "Wald" or method.model != "random" or not method.tau2_follows_i2:
        return check("tau2", Outcome.CANNOT_TELL, figures, text("tau2-other-method"))
    why = text("tau2-too-small", tau2=tau2.text, i2=said(i2, 3), expected=said(Span(least, math.inf), 2))
    return check(
        "tau2", Outcome.DIFFERS, figures, why, severity=Severity.QUESTION,
        expected=f"tau2 at least {least:.4g}", found=tau2.claim.value, to_agree=text("fix-tau2"),
    )  # fmt: skip


def _least_tau2(group: Group, i2: Span) -> float:
    """The least tau2, 0 where the group says too little (no interval, or I2 that can be 0)."""
    effect = effect_of(group)
    share = max(0.0, min(i2.low, 99.9)) / 100
    if effect is None or share == 0 or not 0 < effect.half.low < math.inf:
        return 0.0
    trials = 1 + group["df"].printed.value if group.have("df") else 2  # no fewer can be pooled
    se = effect.half.low / normal_quantile(assumed(group).level)
    ratio = trials * share / (1 - share)
    return ratio * se * se / (1 + ratio) * (1 - 1e-9)
