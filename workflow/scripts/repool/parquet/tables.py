"""The Parquet tables: which file of a review each comes from, and the type of each column."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, get_args, get_type_hints

from repool.identify.table import IdentifiedRow
from repool.model import LANGUAGES, Analysis, Bias, Bilingual, Reference, Study
from repool.questions.records import Question
from repool.results import HeterogeneityRow, PooledRow, SubgroupTest, TrialEffect, TrialWeight
from repool.summary import OUTCOMES
from repool.trial_figures import FIGURES, CheckedTrial
from repool.verdicts import Checked

TEXT, NUMBER, COUNT, FLAG, CATEGORY = "text", "number", "count", "flag", "category"


@dataclass(frozen=True, slots=True)
class Table:
    """One Parquet file.

    description: what a row is. source: the CSV file of each review it comes from, "" for its counts.
    columns: the type of each column, `review` not among them; those that `source` has not are `added`, and
    those that have another name there `renamed` (the name here by the name there).
    """

    name: str
    description: Bilingual
    source: str
    columns: Mapping[str, str]
    added: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def read(self) -> dict[str, str]:
        """The columns of the source, by their names there, with their types."""
        there = {here: name for name, here in self.renamed.items()}
        return {there.get(name, name): kind for name, kind in self.columns.items() if name not in self.added}


def columns_of(kind: type[Any], *only: str) -> dict[str, str]:
    """The columns of a dataclass' CSV file with their types, of all fields or some."""
    hints = get_type_hints(kind)
    columns: dict[str, str] = {}
    for each in fields(kind):
        if only and each.name not in only:
            continue
        if hints[each.name] is Bilingual:
            columns |= {f"{each.name}_{language}": TEXT for language in LANGUAGES}
        else:
            columns[each.name] = CATEGORY if each.name in _CATEGORIES else _type(hints[each.name])
    return columns


_CATEGORIES = (
    "measure", "role", "quantity", "rule", "tau2_estimator", "tau2_interval", "prediction_method",
)  # fmt: skip


def _type(hint: Any) -> str:
    kinds = [each for each in get_args(hint) if each is not type(None)] or [hint]
    if issubclass(kinds[0], StrEnum):
        return CATEGORY
    return {float: NUMBER, bool: FLAG, int: COUNT}.get(kinds[0], TEXT)


_CELLS = tuple(
    f"{arm}_{cell}" for arm in ("experimental", "control") for cell in ("events", "total", "mean", "sd")
)
#: What a trial row gives itself, by its column in studies.csv.
GIVEN = {name: f"given_{name}" for name in ("estimate", "se", "ci_low", "ci_high", "ci_level")}
#: Columns of the trials that studies.csv and analyses.csv have.
OF_STUDY = (*_CELLS, "counts_in", *GIVEN)
OF_ANALYSIS = ("measure", "log_scale")
PRINTED = tuple(f"published_{name}" for name in FIGURES)


STUDY, ANALYSIS = columns_of(Study), columns_of(Analysis)


def _trials() -> Table:
    added = {name: ANALYSIS[name] for name in OF_ANALYSIS}
    added |= {GIVEN.get(name, name): STUDY[name] for name in OF_STUDY}
    text = Bilingual(
        "ett forsøk i én analyse: data, effekt og vekt", "one trial of one analysis: data, effect and weight"
    )
    return Table("trials", text, "effects.csv", columns_of(TrialEffect) | added, tuple(added))


def _verdicts() -> Table:
    added = {"published_value": NUMBER, "published_places": COUNT, "published_relation": CATEGORY}
    text = Bilingual("ett publisert tall ved siden av vårt", "one published figure beside ours")
    return Table("verdicts", text, "verdicts.csv", columns_of(Checked) | added, tuple(added))


def _trial_verdicts() -> Table:
    """Published figures both as numbers and, in columns of their own, as printed."""
    columns: dict[str, str] = {}
    for name, kind in columns_of(CheckedTrial).items():
        columns |= {name: NUMBER, f"{name}_text": TEXT} if name in PRINTED else {name: kind}
    text = Bilingual(
        "de publiserte tallene for ett forsøk ved siden av våre",
        "the published figures of one trial beside ours",
    )
    renamed = {name: f"{name}_text" for name in PRINTED}
    return Table("trial_verdicts", text, "trial_verdicts.csv", columns, PRINTED, renamed)


#: Counts of a review, by their name in its summary.
COUNTED = (
    "checked", "reproduced", "differing", "missing", "suspected", "trial_figures", "trial_exact", "questions",
)  # fmt: skip

_REVIEW = {
    "title_nb": TEXT,
    "title_en": TEXT,
    "state": CATEGORY,
    **dict.fromkeys((*COUNTED, *OUTCOMES), COUNT),
}


def _plain(name: str, nb: str, en: str, kind: type[Any], *only: str, source: str = "") -> Table:
    return Table(name, Bilingual(nb, en), source or f"{name}.csv", columns_of(kind, *only))


TABLES: tuple[Table, ...] = (
    Table("reviews", Bilingual("en oversikt", "one review"), "", _REVIEW),
    _plain(
        "analyses", "én analyse", "one analysis", Analysis, "analysis", "title", "measure", "log_scale",
        "effect_label", "unit", "direction", "subgroup_label", "rows_of", "method", "overrides", "note",
        "method_from", "totals", "experimental", "control", "file", "line",
    ),
    _trials(),
    _plain("weights", "vekten til ett forsøk med én metode", "one trial's weight by one method", TrialWeight),
    _plain(
        "pooled", "ett samlet resultat: analyse, undergruppe og metode",
        "one pooled result: analysis, subgroup and method", PooledRow,
    ),
    _plain(
        "heterogeneity", "hvor ulike forsøkene bak ett samlet resultat er",
        "how much the trials behind one pooled result differ", HeterogeneityRow,
    ),
    _plain(
        "subgroup_tests", "én test for forskjell mellom undergrupper", "one test for subgroup differences",
        SubgroupTest,
    ),
    _verdicts(),
    _trial_verdicts(),
    _plain(
        "identification", "én sum og innstillingene som gir det som er publisert av den",
        "one total and the settings that give what was published of it", IdentifiedRow,
    ),
    _plain("questions", "ett spørsmål til inndata", "one question about the input", Question),
    _plain(
        "risk_of_bias", "én vurdering av ett forsøk", "one judgement of one trial", Bias, source="rob.csv"
    ),
    _plain("references", "én publikasjon fra et forsøk", "one report of a trial", Reference),
)  # fmt: skip
