"""Small made-up files of every kind that Repool reads, which fuzzing begins with; none of a real review."""

import csv
import io
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import packages
import revman5_files
from repool.readers.package import columns as at

NAME = "CD990001"
SETTINGS = """title: {nb: Leker, en: Toys}
citation: Toy A. Toys 2020;1:1-2.
licence: Made up.
arms: {experimental: {nb: tiltak, en: treatment}, control: {nb: kontroll, en: control}}
sources:
  toy: {citation: Toy A., url: 'https://example.org/toy'}
  trykk: {citation: Bø B., decimal_comma: true}
covariates:
  dose: {nb: Dose, en: Dose}
analyses:
  - id: death
    title: {nb: Død, en: Death}
    measure: RR
    direction: less-is-better
    method: {name: revman5, model: common, level: 0.9}
    control_risk: 120
    reconstruct:
      trials: 3
      assume:
        - {trial: Ås 2001, control_events: 3, source: toy, note: {nb: x, en: x}}
  - id: pain
    title: {nb: Smerte, en: Pain}
    measure: MD
    unit: {nb: poeng, en: points}
    scale: [0, 10.5]
    integers: true
    direction: less-is-better
    method: {name: dl}
  - id: rate
    title: {nb: Rate, en: Rate}
    measure: GIV
    generic: {label: {nb: Rate, en: Rate}, log_scale: true}
    subgroups: {nb: Kjønn, en: Sex}
    direction: neutral
    method: {name: reml}
  - id: stay
    title: {nb: Liggetid, en: Stay}
    measure: GIV
    generic: {label: {nb: Forskjell, en: Difference}, log_scale: false}
    direction: more-is-better
    method: {name: dl}
  - {id: again, rows_of: death, title: {nb: O, en: A}, measure: OR, direction: neutral, method: {name: dl}}
findings:
  source: toy
  rows:
    - {analysis: death, see_also: pain}
"""
PLAIN = """title: {nb: L, en: T}
citation: C
licence: L
arms: {experimental: {nb: t, en: t}, control: {nb: k, en: c}}
sources: {toy: {citation: T}}
analyses:
  - {id: x, title: {nb: X, en: X}, measure: %s}
"""
#: review.yaml with one analysis: measure, method and what else there may be.
ONE_ANALYSIS = tuple(
    PLAIN % each
    for each in (
        "MD, direction: neutral, method: {name: dl}, scale: [0, 10], integers: yes, unit: {nb: u, en: u}",
        "RR, direction: neutral, method: {name: revman5, level: 0.9, tau2: REML, ci: HKSJ}, control_risk: 20",
        "OR, direction: neutral, method: {name: mh-common}, reconstruct: {trials: 3}, control_risk: median",
        "GIV, direction: neutral, method: {name: reml}, generic: {label: {nb: g, en: g}, log_scale: true}",
        "PETO, direction: neutral, method: {name: iv-common, zero_cell_amount: 0.5}, note: {nb: n, en: n}",
    )
)
STUDIES = """analysis,subgroup,trial,status,experimental_events,experimental_total,experimental_mean,\
experimental_sd,control_events,control_total,control_mean,control_sd,estimate,se,ci_low,ci_high,ci_level,\
scale_factor,covariate_dose,source,locator,note
death,,Ås 2001,reported,5,50,,,10,50,,,,,,,,,low,toy,table 1,
death,,Bø 2002,derived,0,40,,,4,41,,,,,,,,,high,trykk,table 1,"a, b"
pain,,Ås 2001,reported,,50,3.1,1.2,,50,4.0,1.3,,,,,,,,toy,table 2,
rate,men,Ås 2001,reported,,,,,,,,,0.8,,0.5,1.28,95,,,toy,table 3,
rate,women,Ås 2001,reported,,,,,,,,,1.25e0,.2,,,,,,toy,table 3,
stay,,Bø 2002,reported,,,,,,,,,-7,,-14,0,99,1/7,,toy,table 3,per week
stay,,Cé 2003,unknown,,,,,,,,,,,,,,,,toy,table 3,
"""
SUMMARIES = """analysis;subgroup;trial;status;experimental_total;experimental_mean;experimental_se;\
experimental_ci_low;experimental_ci_high;control_total;control_median;control_q1;control_q3;control_min;\
control_max;estimate;se;statistic;p;df;scale_factor;covariate_dose;source;locator
death;;Ås 2001;unknown;;;;;;;;;;;;;;;;;;;toy;t
pain;;Ås 2001;reported;50;3,1;0,17;;;60;4,0;3,5;4,5;1,5;6,5;;;;;;;;toy;t
pain;;Bø 2002;reported;40;2,9;;2,55;3,25;41;3,0;2,0;4,2;;;;;;;;;;toy;t
rate;men;Bø 2002;reported;;;;;;;;;;;;0,7;;;0,03;20;;;toy;t
stay;;Bø 2002;reported;;;;;;;;;;;;\u22121,5;;-2,1;;;0,5;;toy;t
"""
PUBLISHED = """analysis,subgroup,quantity,value,method,source,locator,note
death,,estimate,0.36,,toy,table 1,
death,,p_effect,<0.05,,toy,table 1,
death,,i2,31%,revman5,toy,table 1,
rate,men,ci_low,"0,50",,trykk,table 1,
review,,participants,181,,toy,abstract,
stay,,estimate,\u22127.0,,toy,table 2,
"""
CORRECTIONS = """analysis,subgroup,trial,column,expected,used,reason,source
death,,Ås 2001,experimental_events,5,6,misprint,toy
rate,men,Ås 2001,ci_high,1.28,1.29,"as in the text, p. 3",toy
stay,,Bø 2002,scale_factor,1/7,0.5,rate,toy
"""
GRADE = """analysis,judge,certainty,reason_nb,reason_en,source,locator
death,authors,moderate,Få hendelser.,Few events.,toy,table 1
rate,we,very-low,,,toy,
"""
ROB = """trial,domain,judgement,support
Ås 2001,Randomisation,low,by computer
Bø 2002,Randomisation,Some concerns,
"""
STUDY_INFORMATION = "Study,Study year,DOI\nAhl 1998,1998,10.1/x\n"
FOLDER = {
    "review.yaml": SETTINGS, "studies.csv": STUDIES, "published.csv": PUBLISHED,
    "corrections.csv": CORRECTIONS, "grade.csv": GRADE, "rob.csv": ROB,
}  # fmt: skip


def _outcomes() -> list[packages.Outcome]:
    """An analysis of each kind of data, two or three rows each."""
    every = {each.number: each for each in packages.every_kind()}
    kept = {"1.1": (0, 2, 4), "1.2": (0, 1), "1.5": (0, 1), "1.6": (0, 1), "1.7": (0, 1)}
    return [
        replace(every[number], rows=[every[number].rows[at] for at in rows]) for number, rows in kept.items()
    ]


@cache
def package(generation: str) -> Mapping[str, str]:
    """The tables of a package by their name, with the figures that RevMan would print."""
    with TemporaryDirectory() as folder:
        return packages.package(_outcomes(), generation, Path(folder), NAME)


def table(kind: str, generation: str = "new") -> str:
    """One table of it, such as "data-rows.csv"."""
    return package(generation)[f"{NAME}-{kind}"]


_READ = frozenset(
    {*at.ROWS_NEEDED, *at.ROWS_OPTIONAL, *at.SETTINGS_NEEDED, *at.SETTINGS_OPTIONAL, *at.SUBGROUPS_OPTIONAL}
)
#: Settings without figures of totals.
BARE = frozenset({*at.SETTINGS_NEEDED, at.LOG_SCALE, at.SWAP, at.SUBGROUP_TOTALS, at.CI_METHOD, at.ESTIMATOR})


@cache
def slim(kind: str, generation: str = "new", analysis: str = "", columns: Collection[str] = _READ) -> str:
    """The same with the columns that are read alone, unquoted, and if need be with one analysis alone."""
    rows = list(csv.reader(io.StringIO(table(kind, generation).removeprefix("\ufeff"))))
    kept = [place for place, name in enumerate(rows[0]) if name in columns]
    own = [row for row in rows[1:] if analysis in ("", f"{row[0]}.{row[1]}")]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(
        [row[place] for place in kept] for row in (rows[0], *own)
    )
    return stream.getvalue()


def tables(kind: str) -> list[str]:
    """A table of both generations, as it comes, slim, and analysis by analysis."""
    numbers = [each.number for each in _outcomes()]
    both = [(table(kind, generation), slim(kind, generation)) for generation in ("old", "new")]
    own = [slim(kind, generation, number) for generation in ("old", "new") for number in numbers]
    return [*both[0], *both[1], *(each for each in own if each.count("\n") > 1)]


@cache
def zips() -> tuple[bytes, ...]:
    """A download as it comes, a flat one, one within another, and an empty one."""
    small = {name: text for name, text in package("new").items() if not name.endswith("csv")}
    small |= {
        f"{NAME}-{kind}": slim(kind) for kind in ("data-rows.csv", "overall-estimates-and-settings.csv")
    }
    flat = zipped(small)
    return packages.zipped(small, NAME), flat, zipped({"inner.zip": flat}), zipped({})


def zipped(members: Mapping[str, str | bytes], packed: bool = True) -> bytes:
    """A zip of these, the same bytes whenever it is made."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            archive.writestr(member, content, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
    return stream.getvalue()


@cache
def revman5() -> tuple[str, ...]:
    """RevMan 5 files of one to three outcomes each, with what RevMan would have saved."""
    with TemporaryDirectory() as folder:
        every = revman5_files.computed(revman5_files.every_kind(), Path(folder))
    groups = (every[:1], every[1:2], every[4:5], every[7:8], every[10:11], every[12:], every[2:4], every[6:7])
    return tuple(revman5_files.rm5(list(each)) for each in groups)
