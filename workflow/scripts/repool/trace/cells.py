"""From a cell of a result table to the chain behind it: quantities down to cells of the input."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from repool.evidence import Evidence, claimed_inputs, evidence_of
from repool.findings import Finding
from repool.methods import declared_method
from repool.model import NO_TEXT, Analysis, Bilingual, Claim, NormalForm, Study
from repool.quantities import ABSOLUTE, ARMS, EFFECT, POOLED, SUBGROUPS, TAU2_LIMITS, WEIGHT
from repool.results import HeterogeneityRow, PooledRow, Results, SubgroupTest, TrialEffect, TrialWeight
from repool.trace.heterogeneity import heterogeneity_quantities
from repool.trace.leaves import (
    arm_sum,
    claim_quantity,
    count,
    counts_as,
    declared_level,
    is_trial,
    is_weight_of,
    percentage,
    trial_figures,
    weight_column,
)
from repool.verdicts import Basis, Checked
from repool.worked.absolute import claimed_risk, from_trials, per_1000
from repool.worked.pooling import Working, natural_symbol
from repool.worked.quantities import Quantity, computed, constant, total
from repool.worked.sheet import working
from repool.worked.subgroups import between_subgroups
from repool.worked.trials import TrialsOfTotals, WorkedTrial

_ENDS = dict(zip(("", "_L", "_U"), EFFECT, strict=True))
_LABEL = Bilingual("Ikke et beregnet tall.", "Not a computed number.")
_NOTHING = Bilingual("Cellen er tom: det finnes ikke noe tall her.", "The cell is empty: there is no number.")


@dataclass(frozen=True, slots=True)
class Found:
    """What stands behind a cell: a quantity, or what to say where it is a text; `also` leads further."""

    quantity: Quantity | None
    said: Bilingual = NO_TEXT
    also: tuple[Quantity, ...] = ()


_NO_WEIGHT = Bilingual("Forsøket kan ikke beregnes: vekt 0.", "The trial is not estimable: weight 0.")
_ONLY_TRIAL = Bilingual("Det eneste forsøket: hele vekten.", "The only trial: all the weight.")


class Tracer:
    """Finds the quantity behind any cell of a review's result tables. Works each pooled row out once."""

    def __init__(
        self, form: NormalForm, results: Results, checked: Sequence[Checked], shown: Sequence[Finding]
    ) -> None:
        self.form, self.results, self.checked, self.findings = form, results, checked, shown
        self._workings: dict[tuple[str, str, str], Working] = {}
        self._trials: dict[str, TrialsOfTotals] = {}
        self._spread: dict[tuple[str, str, str], dict[str, Quantity]] = {}
        self._absolute: dict[tuple[str, str, str], dict[str, Quantity]] = {}

    @cached_property
    def analyses(self) -> dict[str, Analysis]:
        """The analyses by name."""
        return {each.analysis: each for each in self.form.analyses}

    def studies(self, analysis: str) -> list[Study]:
        """The trial rows of an analysis."""
        return self.evidence[analysis].studies

    def working(self, row: PooledRow) -> Working:
        """The way to a row of pooled.csv."""
        key = (row.analysis, row.subgroup, row.method)
        if key not in self._workings:
            self._workings[key] = working(self._of_totals(row.analysis), row)
        return self._workings[key]

    def row(self, analysis: str, subgroup: str = "", method: str = "") -> PooledRow:
        """A row of pooled.csv; without a method the declared one."""
        return next(
            each
            for each in self.evidence[analysis].pooled(subgroup)
            if (each.method == method if method else each.role == "declared")
        )

    def cell(self, table: str, number: int, column: str) -> Found:
        """The cell of row `number` (from 0) of a table, by the table's name without .csv."""
        finders: Mapping[str, Callable[[Any, str], Found]] = {
            "findings": self._finding,
            "verdicts": self._verdict,
            "pooled": self._pooled,
            "effects": self._effect,
            "weights": self._weight,
            "heterogeneity": self._heterogeneity,
            "subgroup_tests": self._subgroup_test,
        }
        return finders[table](self.rows(table)[number], column)

    def rows(self, table: str) -> Sequence[Any]:
        """The rows of a table."""
        own = {"findings": self.findings, "verdicts": self.checked}
        return own[table] if table in own else getattr(self.results, table)

    # --- one method for each table ---------------------------------------------------------------------

    def _pooled(self, row: PooledRow, column: str) -> Found:
        if column in ARMS:
            return self._or_text(arm_sum(self.studies(row.analysis), row.subgroup, column), row, column)
        if column in ("trials_pooled", "trials_listed", "trials_unknown"):
            return Found(count([s for s in self._scope(row) if counts_as(s, column, self.working(row))]))
        if column == "ci_level":
            return Found(declared_level(self.analyses[row.analysis], row.ci_level))
        return self._or_text(self.working(row).result.get(column), row, column)

    def _scope(self, row: PooledRow) -> list[Study]:
        return self.evidence[row.analysis].counted(row.subgroup)

    def _or_text(self, quantity: Quantity | None, row: Any, column: str) -> Found:
        """The quantity, or what to say of a cell that holds a text or nothing."""
        if quantity is not None:
            return Found(quantity)
        value = getattr(row, column, "")
        said = _NOTHING if value is None else _LABEL
        return Found(None, Bilingual(*(f"{text} {extra}" for text, extra in self._about(said, row))))

    def _about(self, said: Bilingual, row: Any) -> list[tuple[str, str]]:
        analysis = self.analyses.get(row.analysis)
        place = f"({analysis.file}:{analysis.line})" if analysis else ""
        return [(said.nb, place), (said.en, place)]

    def _effect(self, row: TrialEffect, column: str) -> Found:
        trial = self._trial(row.analysis, row.trial, row.line)
        if trial is None or trial.y is None or column not in ("y", "se", *EFFECT, "weight"):
            return Found(None, _LABEL, trial.raw if trial else ())
        own = self.analyses[row.analysis]
        if column == "weight":
            weights = (w for w in self.results.weights if is_weight_of(w, row))  # the overall result's first
            if row.weight is None or (weight := next(weights, None)) is None:
                return Found(None, _LABEL, trial.raw)
            return Found(self._weight(weight, "weight").quantity)
        return Found(trial_figures(own, trial, row, declared_method(own).level)[column])

    def trials(self, analysis: str) -> list[WorkedTrial]:
        """The trials of an analysis under its declared method."""
        return self._of_totals(analysis).every(declared_method(self.analyses[analysis]))

    def _of_totals(self, analysis: str) -> TrialsOfTotals:
        if analysis not in self._trials:
            self._trials[analysis] = TrialsOfTotals(self.analyses[analysis], self.studies(analysis))
        return self._trials[analysis]

    def _trial(self, analysis: str, name: str, line: int) -> WorkedTrial | None:
        trials = self.trials(analysis)
        return next((t for t in trials if (t.study.trial, t.study.line) == (name, line)), None)

    def _weight(self, row: TrialWeight, column: str) -> Found:
        work = self.working(self.row(row.analysis, row.scope, row.method))
        place = next((n for n, t in enumerate(work.trials) if is_trial(t, row)), None)
        if column != "weight":
            return self._or_text(None, row, column)
        if place is None or not work.found:
            return Found(constant("weight", row.weight), _NO_WEIGHT)
        if len(work.trials) == 1:
            return Found(constant("weight", row.weight), _ONLY_TRIAL)
        name = weight_column(work)
        own = {name: work.columns[name][place], f"sum_{name}": work.found[f"sum_{name}"]}
        return Found(computed("weight", f"100 * {name} / sum_{name}", own, row.weight, trial=row.trial))

    def _heterogeneity(self, row: HeterogeneityRow, column: str) -> Found:
        key = (row.analysis, row.subgroup, row.method)
        if key not in self._spread:
            self._spread[key] = heterogeneity_quantities(self.working(self.row(*key)), row)
        return self._or_text(self._spread[key].get(column), row, column)

    def _subgroup_test(self, row: SubgroupTest, column: str) -> Found:
        rows = [
            each
            for each in self.results.pooled
            if (each.analysis, each.method) == (row.analysis, row.method) and each.subgroup
        ]
        made = between_subgroups(row, [self.working(each) for each in rows])
        names = {"subgroups": "k", "q": "Q", "df": "df", "p": "p_q", "i2": "i2"}
        return self._or_text(made.get(names.get(column, "")), row, column)

    def _verdict(self, row: Checked, column: str) -> Found:
        theirs = self._published(row)
        if column in ("published", "source", "locator"):
            return Found(theirs)
        ours = self._ours(row)
        if column in ("ours", "ours_shown"):
            return Found(ours, row.reason if ours is None else NO_TEXT)
        if column == "difference" and ours is not None:
            names = {"ours": ours, "published": theirs}
            return Found(computed("difference", "ours - published", names, row.difference))
        return Found(None, row.reason, tuple(each for each in (ours, theirs) if each is not None))

    def _published(self, row: Checked) -> Quantity:
        own = (row.file, row.line, row.quantity, row.stated_method)
        claims = self.form.claims
        claim = next(each for each in claims if (each.file, each.line, each.quantity, each.method) == own)
        return claim_quantity("published", claim)

    def _ours(self, row: Checked) -> Quantity | None:
        """What stands behind our figure of a verdict."""
        if row.ours is None:
            return None
        if row.method == "count":
            return self._counted(row)
        if row.basis is Basis.CLAIMS:
            return self._from_claims(row)
        if row.method == "sum":
            return self._summed(row)
        if not any(
            (each.analysis, each.method) == (row.analysis, row.method) for each in self.results.pooled
        ):
            return None  # of a setting that was found by search alone
        pooled = self.row(row.analysis, row.subgroup, row.method)
        if row.quantity in POOLED:
            return self.working(pooled).result.get(row.quantity)
        if row.quantity in ABSOLUTE:
            return self._per_1000(pooled).get(row.quantity)
        if row.quantity in SUBGROUPS:
            test = next(
                each for each in self.results.subgroup_tests
                if (each.analysis, each.method) == (row.analysis, row.method)
            )  # fmt: skip
            return self._subgroup_test(test, row.quantity.removeprefix("subgroup_")).quantity
        return self._beside(row)

    def _beside(self, row: Checked) -> Quantity | None:
        """The interval of tau2, and the weight of a subgroup."""
        if row.quantity in TAU2_LIMITS:
            key = (row.analysis, row.subgroup, row.method)
            spread = self.results.heterogeneity
            own = next(each for each in spread if (each.analysis, each.subgroup, each.method) == key)
            return self._heterogeneity(own, row.quantity).quantity
        if row.quantity == WEIGHT:
            of = (row.analysis, "", row.subgroup, row.method)
            weights = [
                self._weight(each, "weight").quantity
                for each in self.results.weights
                if (each.analysis, each.scope, each.subgroup, each.method) == of
            ]
            return total("weight", [each for each in weights if each is not None])
        return None

    def _per_1000(self, row: PooledRow) -> dict[str, Quantity]:
        key = (row.analysis, row.subgroup, row.method)
        if key not in self._absolute:
            self._absolute[key] = from_trials(self.working(row), self.trials(row.analysis))
        return self._absolute[key]

    def _counted(self, row: Checked) -> Quantity:
        pooled = self.row(row.analysis, row.subgroup)
        listed = count(list({each.trial: each for each in self._scope(pooled)}.values()))
        if listed.value == row.ours:
            return listed
        work = self.working(pooled)
        return count([each for each in self._scope(pooled) if counts_as(each, "trials_pooled", work)])

    def _summed(self, row: Checked) -> Quantity | None:
        rows = self.studies(row.analysis)
        if row.quantity == "participants":
            names = ("experimental_total", "control_total")
            sums = [arm_sum(rows, row.subgroup, name) for name in names]
            made = {each.symbol: each for each in sums if each is not None}
            return computed("N", "sum_n1 + sum_n2", made, row.ours, exact=True)
        arm, _, kind = row.quantity.partition("_")
        if kind != "percent":
            return arm_sum(rows, row.subgroup, row.quantity)
        pair = [arm_sum(rows, row.subgroup, f"{arm}_{name}") for name in ("events", "total")]
        return percentage([each for each in pair if each is not None], row.ours)

    def _from_claims(self, row: Checked) -> Quantity | None:
        evidence = self.evidence.get(row.analysis)
        arm, _, kind = row.quantity.partition("_")
        if kind == "percent" and evidence:
            claims = evidence.claims(f"{arm}_events", f"{arm}_total") or {}
            symbols = ("a", "n1") if arm == "experimental" else ("c", "n2")
            pair = [claim_quantity(s, each) for s, each in zip(symbols, claims.values(), strict=False)]
            return percentage(pair, row.ours)
        if row.quantity == "participants":
            names = ("experimental_total", "control_total")
            claims = evidence.claims(*names) or {} if evidence else self._whole_review(names)
            made = {s: claim_quantity(s, claims[n]) for s, n in zip(("n1", "n2"), names, strict=True)}
            return computed("N", "n1 + n2", made, row.ours, exact=True)
        if evidence and row.quantity in ABSOLUTE:
            for rounded in (False, True):
                figure = self._claimed_per_1000(evidence, rounded).get(row.quantity)
                if figure is not None and math.isclose(figure.value, row.ours or 0.0, rel_tol=1e-9):
                    return figure
        return None

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        """What is known of each analysis."""
        return evidence_of(self.form, self.results)

    def _whole_review(self, names: Sequence[str]) -> dict[str, Claim]:
        return {
            each.quantity: each
            for each in self.form.claims
            if each.analysis not in self.analyses and each.quantity in names
        }

    def _claimed_per_1000(self, evidence: Evidence, rounded: bool = False) -> dict[str, Quantity]:
        key = (evidence.analysis.analysis, "claims", str(rounded))
        if key not in self._absolute:
            self._absolute[key] = self._new_claimed_per_1000(evidence, rounded)
        return self._absolute[key]

    def _new_claimed_per_1000(self, evidence: Evidence, rounded: bool) -> dict[str, Quantity]:
        claims = claimed_inputs(evidence)
        if not claims:
            return {}
        events = claim_quantity("c", claims["control_events"])
        people = claim_quantity("n2", claims["control_total"])
        risk = claimed_risk(evidence.analysis, events, people, rounded)
        letter = natural_symbol(evidence.analysis)
        effect = {end: claim_quantity(f"{letter}{end}", claims[name]) for end, name in _ENDS.items()}
        return per_1000(evidence.analysis, risk, effect)

    def _finding(self, row: Finding, column: str) -> Found:
        for prefix, target in (("published_", "published"), ("verdict_", "verdict")):
            if column.startswith(prefix) and (own := self._checked(row, column.removeprefix(prefix))):
                return self._verdict(own, target)
        if column not in (*EFFECT, *ABSOLUTE, "participants", "trials") or getattr(row, column) is None:
            return self._or_text(None, row, column)
        return Found(self._finding_figure(row, column))

    def _checked(self, row: Finding, quantity: str) -> Checked | None:
        own = [each for each in self.checked if (each.analysis, each.quantity) == (row.analysis, quantity)]
        source = self.form.review.table_source
        return next((each for each in own if each.source == source and not each.subgroup), None)

    def _finding_figure(self, row: Finding, column: str) -> Quantity | None:
        evidence = self.evidence[row.analysis]
        if column == "trials":
            return count(list({each.trial: each for each in evidence.studies}.values()))
        if column == "participants":
            return self._participants(row)
        declared = self.row(row.analysis)
        if row.basis == "trials":
            found = self.working(declared).result if column in EFFECT else self._per_1000(declared)
            return found.get(column)
        if column in ABSOLUTE:
            return self._claimed_per_1000(evidence).get(column)
        claims = evidence.claims(*EFFECT) or {}
        ends = {name: f"{natural_symbol(evidence.analysis)}{end}" for end, name in _ENDS.items()}
        return claim_quantity(ends[column], claims[column]) if column in claims else None

    def _participants(self, row: Finding) -> Quantity | None:
        own = self._checked(row, "participants")
        if own is not None:
            return self._ours(own) or self._published(own)
        names = ("experimental_total", "control_total")
        sums = [arm_sum(self.studies(row.analysis), "", name) for name in names]
        made = {each.symbol: each for each in sums if each is not None}
        return (
            computed("N", "sum_n1 + sum_n2", made, row.participants, exact=True) if len(made) == 2 else None
        )
