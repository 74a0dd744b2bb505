"""Slips that reviews make, put one at a time into tables that were right."""

import math
from collections.abc import Callable
from random import Random

from published_tables import Figures
from repool.consistency.tails import normal_p, normal_quantile
from repool.model import Analysis

#: A slip changes a table, or says None where the table cannot have it or would look the same.
Slip = Callable[[Analysis, Figures, Random], Figures | None]
_EFFECT = ("estimate", "ci_low", "ci_high")


def _changed(figures: Figures, **new: str) -> Figures | None:
    """The table with these figures, None if nothing changes."""
    return None if all(figures[name] == value for name, value in new.items()) else figures | new


def _places(text: str) -> int:
    return len(text.rstrip("%").partition(".")[2])


def _like(text: str, value: float) -> str:
    return f"{value:.{_places(text)}f}" + ("%" if text.endswith("%") else "")


def transposed_digits(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    name = random.choice(_EFFECT)
    digits = [place for place, mark in enumerate(figures[name]) if mark.isdigit()]
    one = random.randrange(len(digits) - 1)
    first, second = digits[one], digits[one + 1]
    marks = list(figures[name])
    marks[first], marks[second] = marks[second], marks[first]
    return _changed(figures, **{name: "".join(marks)})


def decimal_slip(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    name = random.choice(_EFFECT)
    return _changed(figures, **{name: _like(figures[name], 10 * float(figures[name]))})


def lost_sign(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    negative = [name for name in _EFFECT if figures[name].startswith("-")]
    if not negative:
        return None
    name = random.choice(negative)
    return _changed(figures, **{name: figures[name][1:]})


def swapped_limits(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    return _changed(figures, ci_low=figures["ci_high"], ci_high=figures["ci_low"])


def natural_scale(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    """Limits at the same distance from a ratio."""
    estimate, low, high = (float(figures[name]) for name in _EFFECT)
    if not of.log_scale or low <= 0:
        return None
    reach = estimate * math.log(high / low) / 2
    return _changed(
        figures, ci_low=_like(figures["ci_low"], estimate - reach),
        ci_high=_like(figures["ci_high"], estimate + reach),
    )  # fmt: skip


def inverted_ratio(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    estimate = float(figures["estimate"])
    if not of.log_scale or estimate <= 0:
        return None
    return _changed(figures, estimate=_like(figures["estimate"], 1 / estimate))


def _other_level(level: float) -> Slip:
    def other_level(of: Analysis, figures: Figures, random: Random) -> Figures | None:
        estimate, low, high = (float(figures[name]) for name in _EFFECT)
        scale, back = (math.log, math.exp) if of.log_scale else (float, float)
        if of.log_scale and min(estimate, low) <= 0:
            return None
        reach = (scale(high) - scale(low)) / 2 * normal_quantile(level) / normal_quantile(0.95)
        limits = back(scale(estimate) - reach), back(scale(estimate) + reach)
        return _changed(
            figures, ci_low=_like(figures["ci_low"], limits[0]), ci_high=_like(figures["ci_high"], limits[1])
        )  # fmt: skip

    return other_level


def one_sided_p(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    if figures["p_effect"].startswith("<"):
        return None
    p = normal_p(float(figures["z_effect"])) / 2
    return _changed(figures, p_effect=f"{p:.2f}" if p >= 0.01 else f"{p:.3f}")


def p_of_another_row(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    return _changed(figures, p_effect=f"{random.random():.2f}")


def fraction_i2(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    """I2 as a fraction of 1 in a column of percentages."""
    share = float(figures.get("i2", "0").rstrip("%")) / 100
    return _changed(figures, i2=f"{share:.2f}") if share else None


def wrong_df(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    """As many degrees of freedom as trials."""
    return _changed(figures, df=figures["trials"]) if "df" in figures else None


def zero_tau2(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    if float(figures.get("tau2", "0")) == 0:
        return None
    return _changed(figures, tau2="0.00")


def other_denominator(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    """A percentage of those who completed, a tenth fewer."""
    percent, total = figures["control_percent"], float(figures["control_total"])
    fewer = max(1.0, round(0.9 * total))
    if float(figures["control_events"]) > fewer:
        return None
    return _changed(figures, control_percent=_like(percent, 100 * float(figures["control_events"]) / fewer))


def events_for_another_arm(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    """Events of both arms changed places."""
    one, other = figures["experimental_events"], figures["control_events"]
    return _changed(figures, experimental_events=other, control_events=one)


def wrong_participants(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    return _changed(figures, participants=str(int(figures["participants"]) + random.randint(1, 50)))


def per_1000_of_another_effect(of: Analysis, figures: Figures, random: Random) -> Figures | None:
    """A figure per 1000 from an effect 3% larger."""
    shown = int(figures["experimental_per_1000"])
    if shown >= 970:
        return None
    return _changed(figures, experimental_per_1000=f"{1.03 * shown:.0f}")


INTERVAL_SLIPS: dict[str, Slip] = {
    "two digits transposed": transposed_digits,
    "decimal mark one place off": decimal_slip,
    "sign lost": lost_sign,
    "limits swapped": swapped_limits,
    "ratio's interval on the natural scale": natural_scale,
    "estimate inverted, limits not": inverted_ratio,
    "90% limits, p and z of 95%": _other_level(0.9),
    "99% limits, p and z of 95%": _other_level(0.99),
    "one-sided p": one_sided_p,
    "p of another row": p_of_another_row,
    "I2 as a fraction": fraction_i2,
    "df equal to trials": wrong_df,
    "tau2 printed as 0": zero_tau2,
}
COUNT_SLIPS: dict[str, Slip] = {
    "percentage of 10% fewer people": other_denominator,
    "events of the arms exchanged": events_for_another_arm,
    "participants off by 1 to 50": wrong_participants,
    "per 1000 from an effect 3% off": per_1000_of_another_effect,
}
