"""A review's results folder as a Workflow Run RO-Crate: ro-crate-metadata.json, from provenance.json alone.

Profiles: RO-Crate 1.1, Workflow RO-Crate 1.0, Process Run Crate 0.5 and Workflow Run Crate 0.5
(https://www.researchobject.org/workflow-run-crate/profiles). The `rocrate` library knows the vocabulary; its
random identifiers are all replaced, and its date of today by that of the commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rocrate.model.contextentity import ContextEntity  # type: ignore[import-untyped]
from rocrate.model.entity import Entity  # type: ignore[import-untyped]
from rocrate.rocrate import ROCrate  # type: ignore[import-untyped]

from repool.model import Review, Source
from repool.normal_form import STOPPED
from repool.provenance import CODE, INPUT, PROVENANCE, FileRecord

CRATE = "ro-crate-metadata.json"
#: A crate must have a date. Where no commit gives one, this says "not known", as in reproducible builds.
NO_DATE = "1970-01-01"
PROFILES = (
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
)
_WORKFLOW = f"{CODE}/Snakefile"
_SHA256 = "https://w3id.org/ro/terms/workflow-run#sha256"
_FORMAL_PARAMETER = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
_WORKFLOW_PROFILE = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
_FORMATS = {
    "csv": "text/csv", "css": "text/css", "html": "text/html", "json": "application/json",
    "md": "text/markdown", "pdf": "application/pdf", "png": "image/png", "py": "text/x-python",
    "svg": "image/svg+xml", "toml": "application/toml", "yaml": "application/yaml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Run:
    """One review's provenance with the crate that is being filled."""

    crate: ROCrate
    review: Review
    data: Mapping[str, Any]


def research_object(review: Review, data: Mapping[str, Any], extra: Sequence[FileRecord]) -> dict[str, Any]:
    """The JSON-LD of a review's results folder.

    data: `provenance.provenance`. extra: the files that are neither input, code nor output of a step,
    provenance.json among them.
    """
    run = _Run(ROCrate(version="1.1"), review, data)
    run.crate.metadata.extra_terms["sha256"] = _SHA256
    _root(run)
    workflow = _workflow(run)
    inputs = [_file(run, each) for each in data["inputs"]]
    outputs = [_file(run, each) for each in data["outputs"]]
    for each in extra:
        _file(run, asdict(each))["about"] = run.crate.root_dataset
    _parameters(run, workflow, inputs, outputs)
    _action(run, workflow, inputs, outputs)
    graph: dict[str, Any] = run.crate.metadata.generate()
    return graph


def _root(run: _Run) -> None:
    """The folder itself: title, licence and date, the review it recomputes, the profiles it follows."""
    crate, review, root = run.crate, run.review, run.crate.root_dataset
    root["name"] = f"{review.title.en}: trial-level results recomputed by Repool ({review.review})"
    root["alternateName"] = review.title.nb
    root["description"] = _description(run)
    root["datePublished"] = run.data["repool"]["date"] or NO_DATE
    root["inLanguage"] = ["nb", "en"]
    root["license"] = _context(
        run, "#licence", "CreativeWork", name="Terms of the review's input",
        description=review.licence or "Not stated.",
    )  # fmt: skip
    cited = [_review(run)] if review.citation else []
    root["citation"] = cited + [_source(run, each) for each in review.sources]
    root["conformsTo"] = [
        _context(run, identifier, "CreativeWork", name=name, version=version)
        for identifier, name, version in PROFILES
    ]
    about = crate.add_dataset(dest_path=f"{INPUT}/", properties={
        "name": "Input", "description": "The review folder as transcribed, with its seal SHA256SUMS.",
    })  # fmt: skip
    about["license"] = root["license"]


def _description(run: _Run) -> str:
    project = run.data["repool"]
    text = "What Repool made of the review's trials, the sealed input, and the code to make it again."
    if run.data["state"] == STOPPED:
        text += " The review was stopped: the tables are empty, problems.csv says why."
    if project["commit"]:
        state = ", with uncommitted changes" if project["dirty"] else ""
        text += f" Date: that of commit {project['commit']}{state}, not of the run."
    else:
        text += f" No commit is known ({project['reason']}); {NO_DATE} stands for an unknown date."
    return text


def _review(run: _Run) -> Entity:
    return _context(run, "#review", "ScholarlyArticle", name=run.review.citation)


def _source(run: _Run, source: Source) -> Entity:
    more = {"url": source.url} if source.url else {}
    return _context(run, f"#source-{source.source}", "CreativeWork", name=source.citation, **more)


def _workflow(run: _Run) -> Entity:
    """The Snakefile with the scripts of its steps, and what was installed."""
    project, packages, code = run.data["repool"], run.data["packages"], _by_name(run.data["code"])
    workflow: Entity = run.crate.add_workflow(
        dest_path=_WORKFLOW, main=True, lang="snakemake", lang_version=packages["snakemake"],
        properties={**_properties(code[_WORKFLOW]), "name": "Repool"},
    )  # fmt: skip
    workflow["version"] = project["commit"] or project["version"]
    workflow["description"] = (
        "Import, pool, check with a second engine, compare with what was published, draw."
    )
    workflow["conformsTo"] = _context(
        run, _WORKFLOW_PROFILE, "CreativeWork", name="Bioschemas ComputationalWorkflow", version="1.0-RELEASE"
    )
    workflow["license"] = run.crate.root_dataset["license"]
    workflow["hasPart"] = [_script(run, code[name], step) for name, step in _scripts(run.data).items()]
    workflow["softwareRequirements"] = [
        _context(
            run, f"pkg:pypi/{name}@{installed}", "SoftwareApplication", name=name, softwareVersion=installed
        )
        for name, installed in packages.items()
    ]  # fmt: skip
    code_folder = run.crate.add_dataset(
        dest_path=f"{CODE}/",
        properties={
            "name": "Code",
            "description": f"What a further run needs; the SHA-256 of every file is in {PROVENANCE}.",
        },
    )
    code_folder["hasPart"] = [workflow, *workflow["hasPart"]]
    return workflow


def _scripts(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {step["script"]: step for step in data["steps"]}


def _script(run: _Run, file: Mapping[str, Any], step: Mapping[str, Any]) -> Entity:
    entity = _file(run, file)
    entity.properties()["@type"] = ["File", "SoftwareSourceCode"]
    entity["name"] = step["step"]
    entity["description"] = step["does"]
    return entity


def _by_name(files: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {each["file"]: each for each in files}


def _file(run: _Run, file: Mapping[str, Any]) -> Entity:
    entity: Entity = run.crate.add_file(dest_path=file["file"], properties=_properties(file))
    return entity


def _properties(file: Mapping[str, Any]) -> dict[str, Any]:
    suffix = file["file"].rpartition(".")[2]
    return {
        "name": file["file"],
        "contentSize": str(file["bytes"]),
        "sha256": file["sha256"],
        "encodingFormat": _FORMATS.get(suffix, "text/plain"),
    }


def _parameters(run: _Run, workflow: Entity, inputs: Sequence[Entity], outputs: Sequence[Entity]) -> None:
    """What the workflow takes and gives, each tied to the file that stood for it."""
    for side, files in (("input", inputs), ("output", outputs)):
        parameters = []
        for file in files:
            name = file.id.removeprefix(f"{INPUT}/")
            parameter = _context(
                run, f"#{side}-{name}", "FormalParameter", name=name, additionalType="File",
                encodingFormat=file["encodingFormat"], workExample=file,
                conformsTo=_context(
                    run, _FORMAL_PARAMETER, "CreativeWork", name="Bioschemas FormalParameter",
                    version="1.0-RELEASE",
                ),
            )  # fmt: skip
            if side == "input":
                parameter["valueRequired"] = str(name in ("review.yaml", "studies.csv", "SHA256SUMS"))
            file["exampleOfWork"] = parameter
            parameters.append(parameter)
        if parameters:
            workflow[side] = parameters


def _action(run: _Run, workflow: Entity, inputs: Sequence[Entity], outputs: Sequence[Entity]) -> None:
    """The run. When, where and by whom is left out: the same input gives the same bytes to everyone."""
    stopped = run.data["state"] == STOPPED
    status = "FailedActionStatus" if stopped else "CompletedActionStatus"
    action = run.crate.add_action(
        workflow, identifier="#run", object=list(inputs), result=list(outputs),
        properties={
            "name": f"Run of Repool on {run.review.review}",
            "description": f"Python {run.data['python']}; packages: the workflow's softwareRequirements.",
            "actionStatus": f"http://schema.org/{status}",
        },
    )  # fmt: skip
    if stopped:
        action["error"] = "The review was stopped; problems.csv and crosscheck.csv say why."
    run.crate.root_dataset["mentions"] = [action]


def _context(run: _Run, identifier: str, kind: str, **properties: Any) -> Entity:
    entity: Entity = run.crate.add(ContextEntity(run.crate, identifier, {"@type": kind, **properties}))
    return entity
