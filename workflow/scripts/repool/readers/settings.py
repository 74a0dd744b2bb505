"""review.yaml: read without surprises, validated against a strict JSON Schema, every message with its line."""

import json
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from repool.readers.sheet import Problems, decoded, words

Place = tuple[str | int, ...]


class Settings:
    """The plain data of a YAML file and the line of each of its elements."""

    def __init__(self, data: dict[str, Any], lines: dict[Place, int], file: str) -> None:
        self.data, self.lines, self.file = data, lines, file

    def line(self, *place: str | int) -> int:
        """The line of an element, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_settings(
    path: Path, shown_path: str, schema: dict[str, Any], problems: Problems
) -> Settings | None:
    """Read and validate; None where there is nothing to go on with (then reported)."""
    text = decoded(path, shown_path, problems)
    if text is None:
        return None
    before = len(problems.errors)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as fault:
        mark = getattr(fault, "problem_mark", None)
        reason = getattr(fault, "problem", None) or "structure too deep"
        problems.error(
            shown_path, mark.line + 1 if mark else 1, f"column {mark.column + 1}" if mark else "",
            words(f"broken YAML ({reason})"), "valid YAML",
            "indent with blanks, and put text that holds a colon or quotation mark in quotation marks",
        )  # fmt: skip
        return None
    if not isinstance(root, yaml.MappingNode):
        problems.error(
            shown_path, 1, "", words("no settings"), "keys and values", "start from the template folder"
        )
        return None
    lines: dict[Place, int] = {}
    data = _plain(root, (), lines, set(), shown_path, problems)
    if len(problems.errors) > before:
        return None
    settings = Settings(data, lines, shown_path)
    validator = Draft202012Validator(schema)
    faults = sorted(validator.iter_errors(data), key=lambda fault: (fault.json_path, fault.message))
    for fault in faults:
        _report(fault, settings, problems)
    return settings if not faults else None


def load_schema(path: Path) -> dict[str, Any]:
    """Read a JSON Schema file."""
    schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return schema


def _plain(
    node: yaml.Node,
    place: Place,
    lines: dict[Place, int],
    seen: set[int],
    file: str,
    problems: Problems,
) -> Any:
    """The node as dict, list or scalar; refuses what YAML allows but a reader would not expect."""
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if id(node) in seen:
        problems.error(
            file, line, _dotted(place), words("an alias (*name)"), "the value itself", "write it out"
        )
        return None
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            key_line = key_node.start_mark.line + 1
            if key in mapping:
                problems.error(
                    file, key_line, _dotted((*place, key)), words("the key twice"), "each key once",
                    "delete one of them",
                )  # fmt: skip
            lines[(*place, key)] = key_line
            mapping[key] = _plain(value_node, (*place, key), lines, seen, file, problems)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(each, (*place, number), lines, seen, file, problems)
            for number, each in enumerate(node.value)
        ]
    return _scalar(node, place, file, problems)


def _scalar(node: yaml.Node, place: Place, file: str, problems: Problems) -> Any:
    kind, text = node.tag.rpartition(":")[2], str(node.value)
    if kind in ("str", "timestamp"):
        return text.strip()
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in ("true", "yes", "on")
    try:
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
    except ValueError:
        return text
    problems.error(
        file, node.start_mark.line + 1, _dotted(place), words(f"the tag {node.tag}"), "a plain value",
        "remove the tag",
    )  # fmt: skip
    return None


def _report(fault: ValidationError, settings: Settings, problems: Problems) -> None:
    place = tuple(fault.absolute_path)
    line, name = settings.line(*place), _dotted(place)
    if fault.validator == "additionalProperties":
        known = sorted(fault.schema.get("properties", {}))
        for key in sorted(set(fault.instance) - set(known)):
            problems.error(
                settings.file, settings.line(*place, key), _dotted((*place, key)), key,
                f"one of {', '.join(known)}", "correct the spelling or remove the key",
            )  # fmt: skip
    elif fault.validator == "required":
        missing = [key for key in fault.validator_value if key not in fault.instance]
        for key in missing:
            problems.error(
                settings.file, line, _dotted((*place, key)), words("no such key"), f"the key {key}",
                "add it (the template folder shows how)",
            )  # fmt: skip
    else:
        found = "an empty value" if fault.instance is None else json.dumps(fault.instance, ensure_ascii=False)
        if isinstance(fault.instance, (dict, list)):
            found = "a list" if isinstance(fault.instance, list) else "keys and values"
        quote = isinstance(fault.instance, bool) and fault.validator == "type"
        problems.error(
            settings.file, line, name, words(found[:120]), _expectation(fault),
            "put the word in quotation marks" if quote else "correct the value",
        )  # fmt: skip


def _expectation(fault: ValidationError) -> str:
    value = fault.validator_value
    if fault.validator == "enum":
        return f"one of {', '.join(map(str, value))}"
    if fault.validator == "type":
        kinds = {"object": "keys and values", "array": "a list", "string": "text"}
        names = value if isinstance(value, list) else [value]
        return " or ".join(kinds.get(str(name), str(name)) for name in names)
    if fault.validator == "pattern":
        return str(fault.schema.get("description", f"text like {value}"))
    return str(fault.schema.get("description", fault.message))


def _dotted(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "(top level)"
