# The way of the data: import -> pool -> cross-check -> reproduce -> explain, draw -> report -> index, for every folder
# in data/raw.
import re
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path


include: "workflow/rules/terminal.smk"


RAW = Path(config.get("raw", "data/raw"))
SHOWN_RAW = Path(RAW.name) if RAW.is_absolute() else RAW
OUT = config.get("results", "results")
FOLDERS = sorted(p.name for p in RAW.iterdir() if p.is_dir() and p.name[0] not in "._")
REVIEWS = [name for name in FOLDERS if re.fullmatch(r"\w[\w.-]*", name)]
TEMPLATES = str(Path(workflow.basedir, "workflow/report"))
SCHEMA = str(Path(workflow.basedir, "workflow/schemas/review.schema.json"))
# An edit of an imported module or a template must rerun what used it, which Snakemake cannot see.
CODE = sha256(
    b"".join(
        p.read_bytes()
        for p in sorted(Path(workflow.basedir, "workflow").rglob("*.*"))
        if p.suffix in (".py", ".j2", ".css", ".json")
    )
).hexdigest()
FORM = (
    "review.yaml",
    "studies.csv",
    "published.csv",
    "corrections.csv",
    "grade.csv",
    "SHA256SUMS",
)
PROJECT = [
    p
    for pattern in (
        "Snakefile",
        "Makefile",
        "pyproject.toml",
        "requirements.lock",
        "profiles/**/*",
        "workflow/**/*",
        "docs/methods.md",
        "docs/new-review.md",
        "docs/audit*",
        "results/README.md",
    )
    for p in sorted(Path(workflow.basedir).glob(pattern))
    if p.is_file() and p.name[0] != "." and p.suffix != ".pyc"
]
VERSIONS = {
    name: version(name)
    for name in ("numpy", "scipy", "statsmodels", "matplotlib", "snakemake")
}


wildcard_constraints:
    review=r"\w[\w.-]*",


rule all:
    input:
        f"{OUT}/index.html",
        f"{OUT}/.complete",


rule import_review:
    input:
        lambda wildcards: [
            p for name in FORM if (p := RAW / wildcards.review / name).is_file()
        ],
    output:
        review=f"{OUT}/{{review}}/review.json",
        analyses=f"{OUT}/{{review}}/analyses.csv",
        studies=f"{OUT}/{{review}}/studies.csv",
        published=f"{OUT}/{{review}}/published.csv",
        grade=f"{OUT}/{{review}}/grade.csv",
        problems=f"{OUT}/{{review}}/problems.csv",
        inputs=f"{OUT}/{{review}}/inputs.csv",
    log:
        f"{OUT}/{{review}}/log/import.log",
    priority: 2
    params:
        folder=lambda wildcards: (RAW / wildcards.review).as_posix(),
        shown=lambda wildcards: (SHOWN_RAW / wildcards.review).as_posix(),
        others=lambda wildcards: sorted(map(ascii, (RAW / wildcards.review).rglob("*"))),
        schema=SCHEMA,
        code=CODE,
    script:
        "workflow/scripts/import_review.py"


rule pool_review:
    input:
        rules.import_review.output,
    output:
        effects=f"{OUT}/{{review}}/effects.csv",
        weights=f"{OUT}/{{review}}/weights.csv",
        pooled=f"{OUT}/{{review}}/pooled.csv",
        subgroups=f"{OUT}/{{review}}/subgroup_tests.csv",
        heterogeneity=f"{OUT}/{{review}}/heterogeneity.csv",
    log:
        f"{OUT}/{{review}}/log/pool.log",
    priority: 2
    params:
        versions=VERSIONS,
        code=CODE,
    script:
        "workflow/scripts/pool_review.py"


# Nothing below works on a number that the second engine contradicts. Drawing, by far the longest step, and
# above all what it waits for have priority, so that no review is left to be drawn alone at the end.
rule crosscheck_review:
    input:
        rules.import_review.output,
        rules.pool_review.output,
    output:
        crosscheck=f"{OUT}/{{review}}/crosscheck.csv",
    log:
        f"{OUT}/{{review}}/log/crosscheck.log",
    priority: 2
    params:
        versions=VERSIONS,
        code=CODE,
    script:
        "workflow/scripts/crosscheck_review.py"


rule reproduce_review:
    input:
        rules.import_review.output,
        rules.pool_review.output,
        rules.crosscheck_review.output,
    output:
        verdicts=f"{OUT}/{{review}}/verdicts.csv",
        consistency=f"{OUT}/{{review}}/consistency.csv",
        findings=f"{OUT}/{{review}}/findings.csv",
        findings_json=f"{OUT}/{{review}}/findings.json",
    log:
        f"{OUT}/{{review}}/log/reproduce.log",
    params:
        code=CODE,
    script:
        "workflow/scripts/reproduce_review.py"


rule draw_review:
    input:
        rules.import_review.output,
        rules.crosscheck_review.output,
        pooled=rules.pool_review.output.pooled,
    output:
        forest=directory(f"{OUT}/{{review}}/forest"),
    log:
        f"{OUT}/{{review}}/log/draw.log",
    priority: 1
    params:
        versions=VERSIONS,
        code=CODE,
    script:
        "workflow/scripts/draw_review.py"


# Everything that checks a result by hand, in one job: beside the drawing, and one start of Python instead of three.
rule explain_review:
    input:
        rules.import_review.output,
        rules.pool_review.output,
        rules.crosscheck_review.output,
        rules.reproduce_review.output,
    output:
        rows=f"{OUT}/{{review}}/reconstruction.csv",
        record=f"{OUT}/{{review}}/reconstruction.json",
        worked=directory(f"{OUT}/{{review}}/worked"),
        trace=f"{OUT}/{{review}}/trace.json",
        workbook=f"{OUT}/{{review}}/audit.xlsx",
    log:
        f"{OUT}/{{review}}/log/explain.log",
    params:
        templates=TEMPLATES,
        versions=VERSIONS,
        code=CODE,
    script:
        "workflow/scripts/explain_review.py"


rule report_review:
    input:
        rules.import_review.output,
        rules.pool_review.output,
        rules.crosscheck_review.output,
        rules.reproduce_review.output,
        rules.explain_review.output,
        rules.draw_review.output,
    output:
        page=f"{OUT}/{{review}}/index.html",
        findings=f"{OUT}/{{review}}/findings.html",
    log:
        f"{OUT}/{{review}}/log/report.log",
    params:
        templates=TEMPLATES,
        versions=VERSIONS,
        code=CODE,
    script:
        "workflow/scripts/report_review.py"


rule index_reviews:
    input:
        pages=expand(rules.report_review.output.page, review=REVIEWS),
    output:
        page=f"{OUT}/index.html",
        verdicts=f"{OUT}/verdicts.csv",
        overview=f"{OUT}/overview.txt",
        stopped=f"{OUT}/stopped.txt",
    log:
        f"{OUT}/index.log",
    params:
        templates=TEMPLATES,
        refused=sorted(set(FOLDERS) - set(REVIEWS)),
        code=CODE,
    script:
        "workflow/scripts/index_reviews.py"


# Where the results come from, and what a reader needs to check or repeat them. One job for all reviews, beside
# the index. A new commit reruns it alone; git may be missing.
STEPS = [
    {
        "step": each.name,
        "script": each.script,
        "writes": [str(path).partition("}/")[2] for path in each.output],
    }
    for each in workflow.rules
    if "review" in each.wildcard_names
]
HANDED_ON = (
    "provenance.json",
    "ro-crate-metadata.json",
    "README.md",
    "SHA256SUMS",
)


rule provenance_reviews:
    input:
        [
            f"{OUT}/{name}/{path}"
            for name in REVIEWS
            for each in STEPS
            for path in each["writes"]
        ],
        code=PROJECT,
        form=[
            p
            for name in REVIEWS
            for form in FORM
            if (p := RAW / name / form).is_file()
        ],
    output:
        expand(f"{OUT}/{{review}}/{{name}}", review=REVIEWS, name=HANDED_ON),
        directory(
            expand(
                f"{OUT}/{{review}}/{{name}}", review=REVIEWS, name=("input", "code")
            )
        ),
    log:
        f"{OUT}/provenance.log",
    params:
        reviews=REVIEWS,
        out=OUT,
        raw=RAW.as_posix(),
        root=workflow.basedir,
        form=FORM,
        steps=STEPS,
        commit=shell(
            "git -C {workflow.basedir:q} rev-parse HEAD 2> /dev/null || true",
            read=True,
        ),
        versions=VERSIONS,
    script:
        "workflow/scripts/provenance_reviews.py"


rule close_run:
    input:
        rules.provenance_reviews.output,
        overview=rules.index_reviews.output.overview,
        stopped=rules.index_reviews.output.stopped,
    output:
        done=f"{OUT}/.complete",
    script:
        "workflow/scripts/close_run.py"
