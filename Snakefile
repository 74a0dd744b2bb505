# The way of the data: import -> pool and cross-check -> reproduce -> explain, draw -> report -> index, for every
# review of data/raw. A job takes one step of one shard: a review, or of a large corpus some fifty.
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir, "workflow/scripts")))
from repool.raw_reviews import raw_reviews, shards
from repool.readers.unread import unread
from repool.run_settings import SettingError, run_settings
from repool.steps import STEPS


include: "workflow/rules/terminal.smk"


try:
    SETTINGS = run_settings(config)
except SettingError as fault:
    sys.exit(str(fault))
RAW, OUT = SETTINGS.raw, SETTINGS.results
SHOWN_RAW = Path(RAW.name) if RAW.is_absolute() else RAW
REVIEWS, REFUSED = raw_reviews(RAW)
SHARDS = shards(list(REVIEWS), SETTINGS.shards)
# Plots, and what checks a result by hand, are made for a corpus only if asked for.
MANY = len(REVIEWS) > 25
FOREST = SETTINGS.forest or ("none" if MANY else "all")
FORMATS = ["svg"] if MANY else ["svg", "pdf", "png"]
AUDIT = SETTINGS.audit or ("none" if MANY else "all")
TEMPLATES = str(Path(workflow.basedir, "workflow/report"))
SCHEMA = str(Path(workflow.basedir, "workflow/schemas/review.schema.json"))
# An edit of an imported module or a template must rerun what used it, which Snakemake cannot see.
CODE = sha256(
    b"".join(
        p.read_bytes()
        for p in sorted(Path(workflow.basedir, "workflow").rglob("*.*"))
        if p.suffix in (".py", ".j2", ".css", ".js", ".json")
    )
).hexdigest()
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
        "docs/cluster.md",
        "requirements-cluster.*",
        "results/README.md",
    )
    for p in sorted(Path(workflow.basedir).glob(pattern))
    if p.is_file() and p.name[0] != "." and p.suffix != ".pyc"
]
VERSIONS = {
    name: version(name)
    for name in ("numpy", "scipy", "statsmodels", "matplotlib", "snakemake")
}


include: "workflow/rules/checks.smk"


wildcard_constraints:
    shard=r"\w[\w.-]*",


rule all:
    input:
        f"{OUT}/index.html",
        f"{OUT}/.complete",


rule import_reviews:
    input:
        # Of thousands the scheduler would look at each before every job; `content` tells of any change.
        lambda wildcards: [
            path
            for name in SHARDS[wildcards.shard]
            for path in REVIEWS[name].inputs
            if not MANY
        ],
    output:
        f"{OUT}/.steps/{{shard}}/import.json",
    priority: 2
    params:
        reviews=lambda wildcards: SHARDS[wildcards.shard],
        out=OUT,
        raw=RAW.as_posix(),
        shown=SHOWN_RAW.as_posix(),
        content=lambda wildcards: [
            REVIEWS[name].digest() for name in SHARDS[wildcards.shard]
        ],
        schema=SCHEMA,
        code=CODE,
    script:
        "workflow/scripts/import_reviews.py"


# Nothing below works on a number that the second engine contradicts.
rule pool_reviews:
    input:
        rules.import_reviews.output,
    output:
        f"{OUT}/.steps/{{shard}}/pool.json",
    priority: 2
    params:
        reviews=lambda wildcards: SHARDS[wildcards.shard],
        out=OUT,
        versions=VERSIONS,
        code=CODE,
    script:
        "workflow/scripts/pool_reviews.py"


rule reproduce_reviews:
    input:
        rules.pool_reviews.output,
    output:
        f"{OUT}/.steps/{{shard}}/reproduce.json",
    priority: 1
    params:
        reviews=lambda wildcards: SHARDS[wildcards.shard],
        out=OUT,
        code=CODE,
    script:
        "workflow/scripts/reproduce_reviews.py"


# Drawing is by far the longest step: it and all that it waits for have priority, so that no review is left to
# be drawn alone at the end.
rule draw_reviews:
    input:
        rules.pool_reviews.output,
        branch(FOREST == "flagged", then=rules.reproduce_reviews.output, otherwise=[]),
    output:
        f"{OUT}/.steps/{{shard}}/draw.json",
    priority: 1
    params:
        reviews=lambda wildcards: SHARDS[wildcards.shard],
        out=OUT,
        forest=FOREST,
        formats=FORMATS,
        versions=VERSIONS,
        code=CODE,
    script:
        "workflow/scripts/draw_reviews.py"


# Everything that checks a result by hand, in one job: beside the drawing, and one start of Python instead of three.
rule explain_reviews:
    input:
        rules.reproduce_reviews.output,
    output:
        f"{OUT}/.steps/{{shard}}/explain.json",
    params:
        reviews=lambda wildcards: SHARDS[wildcards.shard],
        out=OUT,
        templates=TEMPLATES,
        versions=VERSIONS,
        code=CODE,
    script:
        "workflow/scripts/explain_reviews.py"


rule report_reviews:
    input:
        rules.reproduce_reviews.output,
        branch(FOREST != "none", then=rules.draw_reviews.output, otherwise=[]),
        branch(AUDIT != "none", then=rules.explain_reviews.output, otherwise=[]),
    output:
        f"{OUT}/.steps/{{shard}}/report.json",
    params:
        reviews=lambda wildcards: SHARDS[wildcards.shard],
        out=OUT,
        left_out=[
            step
            for step, asked in (
                ("draw", FOREST),
                ("explain", AUDIT),
                ("provenance", AUDIT),
            )
            if asked == "none"
        ],
        commands={
            "draw": SETTINGS.command("forest=all"),
            "audit": SETTINGS.command("audit=all"),
            "trace": f"python -m repool trace {SETTINGS.shown_results}",
        },
        templates=TEMPLATES,
        versions=VERSIONS,
        code=CODE,
    script:
        "workflow/scripts/report_reviews.py"


rule index_reviews:
    input:
        expand(rules.report_reviews.output, shard=SHARDS),
    output:
        page=f"{OUT}/index.html",
        verdicts=f"{OUT}/verdicts.csv",
        overview=f"{OUT}/overview.txt",
        stopped=f"{OUT}/stopped.txt",
        record=f"{OUT}/.steps/index.json",
    log:
        f"{OUT}/index.log",
    params:
        reviews=list(REVIEWS),
        refused=REFUSED,
        unread=unread(RAW),
        templates=TEMPLATES,
        code=CODE,
    script:
        "workflow/scripts/index_reviews.py"


# The same once more for research on many reviews, typed and in a few files; beside the index.
rule parquet_reviews:
    input:
        expand(rules.report_reviews.output, shard=SHARDS),
    output:
        record=f"{OUT}/.steps/parquet.json",
        tables=directory(f"{OUT}/parquet"),
    log:
        f"{OUT}/parquet.log",
    params:
        reviews=list(REVIEWS),
        arrow=version("pyarrow"),
        code=CODE,
    script:
        "workflow/scripts/parquet_reviews.py"


# Where the results come from, and what a reader needs to check or repeat them. One job for all reviews, beside
# the index. A new commit reruns it alone; git may be missing.
rule provenance_reviews:
    input:
        expand(rules.report_reviews.output, shard=SHARDS),
        code=PROJECT,
        raw=[path for each in REVIEWS.values() for path in each.inputs],
    output:
        f"{OUT}/.steps/provenance.json",
    log:
        f"{OUT}/provenance.log",
    params:
        reviews=list(REVIEWS),
        out=OUT,
        raw=RAW.as_posix(),
        root=workflow.basedir,
        commit=shell(
            "git -C {workflow.basedir:q} rev-parse HEAD 2> /dev/null || true",
            read=True,
        ),
        versions=VERSIONS,
    script:
        "workflow/scripts/provenance_reviews.py"


rule close_run:
    input:
        rules.parquet_reviews.output,
        branch(AUDIT != "none", then=rules.provenance_reviews.output, otherwise=[]),
        overview=rules.index_reviews.output.overview,
        stopped=rules.index_reviews.output.stopped,
    output:
        done=f"{OUT}/.complete",
    localrule: True
    params:
        raw=str(RAW) if RAW.is_absolute() else "",
    script:
        "workflow/scripts/close_run.py"
