"""How much published figures say: whether a setting that a search found can be a coincidence."""

import math
from collections.abc import Iterable, Mapping

#: Bits beyond log2 of the settings tried that make a setting found by search more than a coincidence.
#: Measured: docs/methods.md, "Identification".
ENOUGH = 8.0

_WEIGHT = 50.0  # points: what a trial's weight is told apart from


def spare_bits(
    spans: Mapping[str, tuple[float, float]], ours: Mapping[str, float], log_scale: bool, tried: int
) -> float:
    """Bits that published figures hold beyond those it takes to tell the tried settings apart.

    spans: by figure, where its unrounded value may lie; "weights" is the number of printed weights and the
    width of their spans. ours: a setting's figures near them. Each figure holds log2 of what it could as well
    have been over the width of its span: an estimate two standard errors to either side, a limit one (the
    second limit follows from the first), tau2 itself or what separates it from 0, I2 and p all they can be,
    of Q, I2 and their p the most telling alone. A figure that is a mere bound holds nothing.
    """
    scale = _standard_error(ours, log_scale)
    bits = _of_effect(spans, scale, log_scale)
    bits += max([0.0, *_heterogeneity(spans, ours)])
    if "tau2" in spans:
        bits += _bits(max(abs(ours.get("tau2", 0.0)), scale**2), spans["tau2"])
    for name, whole in (("p_effect", 1.0), ("z_effect", 4.0)):
        if name in spans and not {"ci_low", "ci_high"} & spans.keys():
            bits += _bits(whole, spans[name])
    if "weights" in spans:
        count, width = spans["weights"]
        bits += max(count - 1, 0.0) * max(0.0, math.log2(_WEIGHT / max(width, 1e-9)))
    return bits - math.log2(max(tried, 1))


def _of_effect(spans: Mapping[str, tuple[float, float]], scale: float, log_scale: bool) -> float:
    """Of the estimate, of the more telling limit, and of the more telling end of a prediction interval."""
    bits = _bits(4 * scale, _on_scale(spans["estimate"], log_scale)) if "estimate" in spans else 0.0
    for pair in (("ci_low", "ci_high"), ("prediction_low", "prediction_high")):
        ends = [_bits(2 * scale, _on_scale(spans[name], log_scale)) for name in pair if name in spans]
        bits += max(ends, default=0.0)
    return bits


def _heterogeneity(spans: Mapping[str, tuple[float, float]], ours: Mapping[str, float]) -> Iterable[float]:
    for name, whole in (("q", max(abs(ours.get("q", 1.0)), 1.0)), ("i2", 100.0), ("p_q", 1.0)):
        if name in spans:
            yield _bits(whole, spans[name])


def _standard_error(ours: Mapping[str, float], log_scale: bool) -> float:
    """About a quarter of our interval, on the analysis scale; 1 where there is none."""
    low, high = ours.get("ci_low", math.nan), ours.get("ci_high", math.nan)
    if log_scale:
        low, high = (math.log(each) if each > 0 else math.nan for each in (low, high))
    width = high - low
    return width / 4 if math.isfinite(width) and width > 0 else 1.0


def _on_scale(span: tuple[float, float], log_scale: bool) -> tuple[float, float]:
    if not log_scale:
        return span
    low, high = span
    return (math.log(low), math.log(high)) if low > 0 else (-math.inf, math.inf)


def _bits(whole: float, span: tuple[float, float]) -> float:
    width = span[1] - span[0]
    return math.log2(whole / width) if 0 < width < whole else 0.0
