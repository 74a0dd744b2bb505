"""What the RO-Crate profiles require of a folder, checked without the network, in our own words.

RO-Crate 1.1 (https://www.researchobject.org/ro-crate/specification/1.1), Workflow RO-Crate 1.0
(https://about.workflowhub.eu/Workflow-RO-Crate/1.0), Process Run Crate and Workflow Run Crate 0.5
(https://www.researchobject.org/workflow-run-crate/profiles).
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Entity = dict[str, Any]
CRATE = "ro-crate-metadata.json"
RO_CRATE = "https://w3id.org/ro/crate/1.1"
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROCESS_RUN = "https://w3id.org/ro/wfrun/process/0.5"
WORKFLOW_RUN = "https://w3id.org/ro/wfrun/workflow/0.5"


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def types(entity: Entity) -> set[str]:
    return set(many(entity.get("@type")))


def ids(value: Any) -> list[str]:
    return [each["@id"] for each in many(value) if isinstance(each, dict)]


def is_local(identifier: str) -> bool:
    return not re.match(r"[a-z][a-z0-9+.-]*:", identifier)


def faults(folder: Path) -> list[str]:
    """Everything in which a folder is not what its profiles require; nothing if it is valid."""
    data = json.loads((folder / CRATE).read_text("utf-8"))
    graph: list[Entity] = data["@graph"]
    by_id = {each.get("@id", ""): each for each in graph}
    found = [*_json_ld(data, graph, by_id), *_descriptor(by_id)]
    root = by_id.get("./", {})
    found += _root(root, by_id)
    found += _data_entities(folder, graph, by_id)
    found += _workflow(root, by_id)
    found += _run(root, graph, by_id)
    return found


def _json_ld(data: Entity, graph: list[Entity], by_id: dict[str, Entity]) -> Iterator[str]:
    if f"{RO_CRATE}/context" not in many(data.get("@context")):
        yield "@context is not that of RO-Crate 1.1"
    for name, times in Counter(each.get("@id") for each in graph).items():
        if times > 1:
            yield f"{name}: {times} entities"
    linked = {"ro-crate-metadata.json"}
    for each in graph:
        if not each.get("@id") or not types(each):
            yield f"{each}: no @id or no @type"
        for key, value in each.items():
            for one in many(value):
                if isinstance(one, dict) and set(one) != {"@id"}:
                    yield f"{each.get('@id')}: {key} is nested, not flat"
            for target in ids(value):
                linked.add(target)
                if is_local(target) and target not in by_id:
                    yield f"{each.get('@id')}: {key} leads nowhere: {target}"
    for name in by_id.keys() - linked:
        yield f"{name}: nothing refers to it"


def _descriptor(by_id: dict[str, Entity]) -> Iterator[str]:
    descriptor = by_id.get(CRATE, {})
    if "CreativeWork" not in types(descriptor) or ids(descriptor.get("about")) != ["./"]:
        yield "the descriptor is not a CreativeWork about ./"
    for profile in (RO_CRATE, WORKFLOW_CRATE):
        if profile not in ids(descriptor.get("conformsTo")):
            yield f"the descriptor does not conform to {profile}"


def _root(root: Entity, by_id: dict[str, Entity]) -> Iterator[str]:
    if "Dataset" not in types(root):
        yield "the root is no Dataset"
    for key in ("name", "description", "license", "datePublished"):
        if not root.get(key):
            yield f"the root has no {key}"
    if not re.fullmatch(r"\d{4}-\d\d-\d\d(T.*)?", str(root.get("datePublished"))):
        yield "the root's datePublished is no ISO 8601 date"
    for name in ids(root.get("license")):
        if not by_id.get(name, {}).get("name") or not by_id[name].get("description"):
            yield f"the licence {name} says nothing"
    for profile in (PROCESS_RUN, WORKFLOW_RUN, WORKFLOW_CRATE):
        if profile not in ids(root.get("conformsTo")):
            yield f"the root does not conform to {profile}"
        elif "CreativeWork" not in types(by_id.get(profile, {})):
            yield f"{profile} is no CreativeWork"


def _data_entities(folder: Path, graph: list[Entity], by_id: dict[str, Entity]) -> Iterator[str]:
    parts, new = set(), ["./"]
    while new:
        name = new.pop()
        if name not in parts:
            parts.add(name)
            new += ids(by_id.get(name, {}).get("hasPart"))
    for each in graph:
        name = each.get("@id", "")
        kinds = types(each)
        if name.startswith("#") or name == "./" or not kinds & {"File", "Dataset"}:
            continue
        if name not in parts:
            yield f"{name}: not a part of the root"
        if not is_local(name) or name.startswith("/") or ".." in name or re.search(r"[\s\\]", name):
            yield f"{name}: not a path below the root"
        elif "Dataset" in kinds:
            if not (folder / name).is_dir() or not name.endswith("/"):
                yield f"{name}: no such folder"
        elif not (folder / name).is_file():
            yield f"{name}: no such file"
        else:
            content = (folder / name).read_bytes()
            if each.get("contentSize") != str(len(content)):
                yield f"{name}: another size than {each.get('contentSize')}"
            if each.get("sha256") != hashlib.sha256(content).hexdigest():
                yield f"{name}: another checksum"


def _workflow(root: Entity, by_id: dict[str, Entity]) -> Iterator[str]:
    workflow = by_id.get("".join(ids(root.get("mainEntity"))), {})
    if not {"File", "SoftwareSourceCode", "ComputationalWorkflow"} <= types(workflow):
        yield "mainEntity is no workflow"
    languages = [by_id.get(name, {}) for name in ids(workflow.get("programmingLanguage"))]
    if not languages or any("ComputerLanguage" not in types(each) for each in languages):
        yield "the workflow's language is not known"
    for side in ("input", "output"):
        for name in ids(workflow.get(side)):
            parameter = by_id.get(name, {})
            examples = [by_id.get(each, {}) for each in ids(parameter.get("workExample"))]
            if "FormalParameter" not in types(parameter) or not parameter.get("additionalType"):
                yield f"{name}: no FormalParameter with a type"
            if not examples or any(not types(each) & {"File", "Dataset"} for each in examples):
                yield f"{name}: no example"
            if any(ids(each.get("exampleOfWork")) != [name] for each in examples):
                yield f"{name}: its example is not of it"


def _run(root: Entity, graph: list[Entity], by_id: dict[str, Entity]) -> Iterator[str]:
    actions = [each for each in graph if "CreateAction" in types(each)]
    if not any(ids(each.get("instrument")) == ids(root.get("mainEntity")) for each in actions):
        yield "no action has the workflow as its instrument"
    for each in actions:
        name = each["@id"]
        if not each.get("instrument"):
            yield f"{name}: no instrument"
        if name not in ids(root.get("mentions")):
            yield f"{name}: the root does not mention it"
        for side in ("object", "result"):
            if not ids(each.get(side)):
                yield f"{name}: no {side}"
            for file in ids(each.get(side)):
                if not types(by_id.get(file, {})) & {"File", "Dataset"}:
                    yield f"{name}: {side} {file} is no data"
