"""An estimate, its confidence interval, z, p and prediction interval: whether they fit each other."""

from collections.abc import Iterator
from dataclasses import dataclass

from repool.consistency.methods import Assumed, assumed
from repool.consistency.records import Check, Figure, Group, Outcome, Severity, Values, check, said, shown
from repool.consistency.slips import fits, middle, slips
from repool.consistency.spans import EVERYTHING, Span, exactly
from repool.consistency.tails import MOST_DF, normal_p, normal_quantile, student_p, student_quantile
from repool.consistency.words import joined_or, text
from repool.model import NO_TEXT, Bilingual
from repool.quantities import EFFECT

_LEVELS = (0.9, 0.95, 0.99)
_SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Effect:
    """An estimate and its limits; `log_scale` says whether their scale is that of ratios."""

    estimate: Figure
    low: Figure
    high: Figure
    log_scale: bool

    @property
    def figures(self) -> list[Figure]:
        """Estimate, lower and upper limit."""
        return [self.estimate, self.low, self.high]

    @property
    def middle(self) -> Span:
        """Middle of the limits on the analysis scale."""
        return middle(self.low.span, self.high.span, self.log_scale)

    @property
    def y(self) -> Span:
        """Estimate on the analysis scale, as narrow as it and its limits together allow."""
        own = self.scaled(self.estimate.span)
        centre = self.middle
        return Span(max(own.low, centre.low), min(own.high, centre.high)) if own.meets(centre) else own

    @property
    def half(self) -> Span:
        """Half of the interval's width on the analysis scale, 0 or more."""
        width = self.scaled(self.high.span) - self.scaled(self.low.span)
        return (width * exactly(0.5)).within(0.0, float("inf"))

    @property
    def null(self) -> float:
        """The value that says "no difference"."""
        return 1.0 if self.log_scale else 0.0

    def scaled(self, span: Span) -> Span:
        """A span on the analysis scale."""
        return span.log() if self.log_scale else span

    def natural(self, span: Span) -> Span:
        """A span of the analysis scale as it is shown."""
        return span.exp() if self.log_scale else span

    def z(self, quantile: float) -> Span:
        """Estimate over standard error, without its sign, of an interval that takes this quantile."""
        half = self.half
        return (self.y / half * exactly(quantile)).size() if half.low > 0 else EVERYTHING.size()


def effect_of(group: Group) -> Effect | None:
    """The group's estimate with both limits; None if one is missing or a bound such as "<0.01"."""
    if group.analysis is None or not group.have(*EFFECT):
        return None
    figures = group["estimate"], group["ci_low"], group["ci_high"]
    if any(each.printed.relation for each in figures):
        return None
    return Effect(*figures, group.analysis.log_scale)


def check_interval(group: Group, trials: frozenset[int]) -> Iterator[Check]:
    """Every check of one group's effect; `trials` are the numbers of trials that are printed with it."""
    effect = effect_of(group)
    if effect is None:
        return
    yield _symmetric(effect)
    method = assumed(group)
    # Kenward & Roger's degrees of freedom are their own, so that a p cannot be held against them
    dfs = sorted(number - 1 for number in trials if 1 < number <= MOST_DF) if method.ci != "KR" else []
    if group.have("z_effect"):
        yield _statistic(effect, group["z_effect"], dfs, method)
    if group.have("p_effect"):
        yield _p_value(effect, group["p_effect"], dfs, method)
    if group.have("p_effect", "z_effect"):
        yield _p_of_z(group["z_effect"], group["p_effect"], dfs, method)
    if group.have("prediction_low", "prediction_high"):
        yield _prediction(effect, group["prediction_low"], group["prediction_high"], method)


def _symmetric(effect: Effect) -> Check:
    """Whether the limits are in order and the estimate can be their middle."""
    rule, figures, log = "ci-symmetric", effect.figures, effect.log_scale
    scale = text("scale-log" if log else "scale-plain")
    expected = effect.natural(effect.middle)
    where = f"{effect.estimate.claim.quantity} {shown(expected)}"
    if fits([each.span for each in figures], log):
        why = text("ci-symmetric", scale=scale)
        return check(rule, Outcome.AGREES, figures, why, expected=where, found=effect.estimate.claim.value)
    in_order = effect.low.span.low <= effect.high.span.high
    if in_order and not effect.middle.is_finite:
        return check(rule, Outcome.CANNOT_TELL, figures, text("ci-no-log"))
    inside = effect.estimate.span.meets(Span(effect.low.span.low, effect.high.span.high))
    code = "ci-order" if not in_order else "ci-skewed" if inside else "ci-outside"
    three = {"estimate": effect.estimate.text, "low": effect.low.text, "high": effect.high.text}
    why = text(code, scale=scale, expected=said(expected), **three)
    named = slips(figures, log)
    return check(
        rule, Outcome.DIFFERS, figures, why,
        severity=Severity.QUESTION if code == "ci-skewed" else Severity.SERIOUS,
        expected=where, found=effect.estimate.claim.value,
        to_agree=joined_or(named) if named else text("fix-estimate", expected=said(expected)),
    )  # fmt: skip


def _statistic(effect: Effect, z: Figure, dfs: list[int], method: Assumed) -> Check:
    """Whether z is the estimate over the standard error that the interval's width gives."""
    rule, figures = "ci-z", [*effect.figures, z]
    expected = [effect.z(quantile) for quantile in _quantiles(method.level, dfs)]
    found: Values = {"expected": f"z_effect {shown(expected[0])}", "found": z.claim.value}
    if not effect.half.low > 0:
        return check(rule, Outcome.CANNOT_TELL, figures, text("ci-too-narrow"))
    if any(z.span.size().meets(each) for each in expected):
        return check(rule, Outcome.AGREES, figures, text("ci-z-agrees"), **found)
    if method.ci != "Wald" and not dfs:
        return check(rule, Outcome.CANNOT_TELL, figures, text("ci-not-wald"), **found)
    levels = [each for each in _LEVELS if z.span.size().meets(effect.z(normal_quantile(each)))]
    why = text("ci-z-differs", z=z.text, expected=said(expected[0], 3), ci=_said(effect))
    remedy = _levels(levels) or text("fix-z", expected=said(expected[0], 3))
    return check(rule, Outcome.DIFFERS, figures, why, severity=Severity.QUESTION, to_agree=remedy, **found)


def _p_value(effect: Effect, p: Figure, dfs: list[int], method: Assumed) -> Check:
    """Whether the p value follows from estimate and interval, and says the same of the null value."""
    rule, figures = "ci-p", [*effect.figures, p]
    expected = _p_spans(effect, method.level, dfs)
    found: Values = {"expected": f"p_effect {shown(expected[0])}", "found": p.claim.value}
    if not effect.half.low > 0:
        return check(rule, Outcome.CANNOT_TELL, figures, text("ci-too-narrow"))
    if any(p.span.meets(each) for each in expected):
        return check(rule, Outcome.AGREES, figures, text("ci-p-agrees"), **found)
    clash = _contradiction(effect, p)
    if not clash and method.ci != "Wald" and not dfs:
        return check(rule, Outcome.CANNOT_TELL, figures, text("ci-not-wald"), **found)
    why = text("ci-p-differs", p=p.text, expected=said(expected[0], 3), ci=_said(effect))
    if clash:
        why = Bilingual(f"{why.nb} {clash.nb}", f"{why.en} {clash.en}")
    levels = [each for each in _LEVELS if any(p.span.meets(s) for s in _p_spans(effect, each, dfs))]
    remedy = _levels(levels) or text("fix-p", expected=said(expected[0], 3))
    if any(p.span.meets(each * exactly(0.5)) for each in expected):
        remedy = text("slip-one-sided")
    return check(
        rule, Outcome.DIFFERS, figures, why,
        severity=Severity.SERIOUS if clash else Severity.QUESTION, to_agree=remedy, **found,
    )  # fmt: skip


def _p_of_z(z: Figure, p: Figure, dfs: list[int], method: Assumed) -> Check:
    """Whether the p value is that of z (or of t with one degree of freedom fewer than trials)."""
    size = z.span.size()
    expected = [size.by(normal_p), *(_tail(size, df) for df in dfs)]
    found: Values = {"expected": f"p_effect {shown(expected[0])}", "found": p.claim.value}
    if any(p.span.meets(each) for each in expected):
        return check("z-p", Outcome.AGREES, [z, p], text("z-p-agrees"), **found)
    if method.ci != "Wald" and not dfs:
        return check("z-p", Outcome.CANNOT_TELL, [z, p], text("ci-not-wald"), **found)
    why = text("z-p-differs", z=z.text, p=p.text, expected=said(expected[0], 3))
    remedy = text("fix-p", expected=said(expected[0], 3))
    if p.span.meets(expected[0] * exactly(0.5)):
        remedy = text("slip-one-sided")
    return check("z-p", Outcome.DIFFERS, [z, p], why, severity=Severity.QUESTION, to_agree=remedy, **found)


def _prediction(effect: Effect, low: Figure, high: Figure, method: Assumed) -> Check:
    """Whether the prediction interval holds the confidence interval, as it must."""
    rule, figures = "prediction-wider", [*effect.figures, low, high]
    if low.span.low <= effect.low.span.high and high.span.high >= effect.high.span.low:
        return check(rule, Outcome.AGREES, figures, text("prediction-agrees"))
    if method.ci != "Wald":
        return check(rule, Outcome.CANNOT_TELL, figures, text("prediction-not-wald"))
    why = text("prediction-narrower", low=low.text, high=high.text, ci=_said(effect))
    return check(
        rule, Outcome.DIFFERS, figures, why,
        severity=Severity.QUESTION,
        expected=f"prediction_low at most {effect.low.claim.value}, high at least {effect.high.claim.value}",
        found=f"{low.claim.value} to {high.claim.value}",
        to_agree=text("fix-prediction"),
    )  # fmt: skip


def _contradiction(effect: Effect, p: Figure) -> Bilingual:
    """What to say where p and the interval disagree on significance; nothing where they do not."""
    excludes = effect.low.span.low > effect.null or effect.high.span.high < effect.null
    includes = effect.low.span.high < effect.null < effect.high.span.low
    if p.span.low > _SIGNIFICANT and excludes:
        return text("p-says-no")
    if p.span.high < _SIGNIFICANT and includes:
        return text("p-says-yes")
    return NO_TEXT


def _quantiles(level: float, dfs: list[int]) -> list[float]:
    """Quantiles that an interval of this level may have taken: the normal one, then those of t."""
    return [normal_quantile(level), *(student_quantile(level, df) for df in dfs)]


def _p_spans(effect: Effect, level: float, dfs: list[int]) -> list[Span]:
    """What p can be, by the normal distribution and by t with these degrees of freedom."""
    spans = [effect.z(normal_quantile(level)).by(normal_p)]
    return [*spans, *(_tail(effect.z(student_quantile(level, df)), df) for df in dfs)]


def _tail(t: Span, df: int) -> Span:
    """Two-sided p of t, 1e-9 wider: its sums lose digits where p is small."""
    span = t.by(lambda value: student_p(value, df))
    return Span(span.low * (1 - 1e-9) - 1e-12, span.high * (1 + 1e-9) + 1e-12)


def _levels(levels: list[float]) -> Bilingual:
    """That limits of another level would agree."""
    if not levels:
        return NO_TEXT
    return text("slip-level", level=f"{100 * levels[0]:g}")


def _said(effect: Effect) -> Bilingual:
    return text("interval", estimate=effect.estimate.text, low=effect.low.text, high=effect.high.text)
