"""review.yaml: read without surprises, validated against a strict JSON Schema, each message with its line."""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from repool.readers.problems import UNPRINTABLE, Problems, meant, unprintable, words
from repool.readers.remedies import NUMBER
from repool.readers.text_file import decoded, on_one_line

Place = tuple[str | int, ...]
_TAG = "tag:yaml.org,2002:"
_ALIAS = "an alias"
_BOOLEANS = dict.fromkeys(("true", "yes", "on"), True) | dict.fromkeys(("false", "no", "off"), False)
_KINDS = {
    "object": "keys and values", "array": "a list", "string": "text", "boolean": "true or false",
    "number": "a number",
}  # fmt: skip
#: Characters of some 1,000 analyses, more than any review has: a second takes about 80,000.
MAX_SETTINGS = 150_000
_TEMPLATE = "docs/template/review.yaml"


class Settings:
    """The plain data of a YAML file, and the line and the literal text of each of its elements."""

    def __init__(self, file: str, problems: Problems) -> None:
        self.data: dict[str, Any] = {}
        self.file, self.problems = file, problems
        self.lines: dict[Place, int] = {}
        self.written: dict[Place, str] = {}

    def line(self, *place: str | int) -> int:
        """The line of an element, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def wrong(self, place: Place, found: object, expected: str, remedy: str) -> None:
        """Report an error in an element."""
        self.problems.error(self.file, self.line(*place), _dotted(place), found, expected, remedy)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Leaves an alias as a node of its own at its own place, and so never expands one."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()
            return yaml.ScalarNode(_ALIAS, f"*{event.anchor}", event.start_mark, event.end_mark)
        node: yaml.Node = super().compose_node(parent, index)
        return node


def read_settings(path: Path, shown_path: str, schema: dict[str, Any], problems: Problems) -> Settings | None:
    """Read and validate; None where there is nothing to go on with (then reported)."""
    text = decoded(path, shown_path, problems)
    if text is None:
        return None
    if len(text) > MAX_SETTINGS:
        problems.error(
            shown_path, 0, "", words(f"{len(text)} characters"), f"at most {MAX_SETTINGS}", "split the review"
        )
        return None
    before = problems.error_count
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as fault:
        deep = isinstance(fault, RecursionError)  # how far it got depends on who calls
        mark = None if deep else getattr(fault, "problem_mark", None) or loader.get_mark()
        reason = "structure too deep" if deep else getattr(fault, "problem", None) or "a number out of range"
        problems.error(
            shown_path, mark.line + 1 if mark else 1, f"character {mark.column + 1}" if mark else "",
            words(f"broken YAML ({reason})"), "valid YAML",
            "indent with blanks, never with tabs, and put text that holds a colon or quotation mark in "
            "quotation marks",
        )  # fmt: skip
        return None
    if not isinstance(root, yaml.MappingNode):
        problems.error(
            shown_path, 1, "", words("an empty file" if root is None else "no keys"), "keys and values",
            f"start from {_TEMPLATE}",
        )  # fmt: skip
        return None
    settings = Settings(shown_path, problems)
    settings.data = _plain(root, (), settings)
    if problems.error_count == before:
        _validate(settings, schema)
    return settings if problems.error_count == before else None


def load_schema(path: Path) -> dict[str, Any]:
    """Read a JSON Schema file."""
    schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return schema


def _plain(node: yaml.Node, place: Place, settings: Settings) -> Any:
    """The node as dict, list or scalar; refuses what YAML allows but a reader would not expect."""
    settings.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, place, settings)
    if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
        _refuse_tag(node, place, settings)
        return None
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each, (*place, number), settings) for number, each in enumerate(node.value)]
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            settings.lines[(*place, "?")] = line
            remedy = "put text that starts with a bracket in quotation marks"
            settings.wrong((*place, "?"), words("brackets as a key"), "a word", remedy)
            continue
        key = str(key_node.value)
        settings.lines[(*place, key)] = line
        if key in mapping:
            settings.wrong((*place, key), words("the key twice"), "each key once", "delete one of them")
        mapping[key] = _plain(value_node, (*place, key), settings)
    return mapping


def _scalar(node: yaml.ScalarNode, place: Place, settings: Settings) -> Any:
    kind, text = node.tag.removeprefix(_TAG), str(node.value)
    settings.written[place] = text
    bad = UNPRINTABLE.search(text)  # an escape such as "\0" passes the check of the file's own text
    if bad:
        settings.wrong(place, unprintable(bad.group()), "visible text", "delete the escape that makes it")
    elif kind == _ALIAS:
        settings.lines[place] = node.start_mark.line + 1
        settings.wrong(place, words(f"{_ALIAS} ({text})"), "the value itself", "write the value out")
    elif kind in ("str", "timestamp"):
        return unicodedata.normalize("NFC", on_one_line(text))
    elif kind == "bool":
        return _BOOLEANS.get(text.lower(), text)
    elif kind == "int":
        return int(text) if re.fullmatch(r"[-+]?[0-9]{1,15}", text) else text
    elif kind == "float":
        return float(text) if NUMBER.fullmatch(text) else text
    elif kind != "null":
        _refuse_tag(node, place, settings)
    return None


def _refuse_tag(node: yaml.Node, place: Place, settings: Settings) -> None:
    tag = node.tag.replace(_TAG, "!!")
    settings.wrong(place, words(f"the tag {tag}"), "a plain value", "remove the tag")


def _validate(settings: Settings, schema: dict[str, Any]) -> None:
    faults = [
        each
        for fault in Draft202012Validator(schema).iter_errors(settings.data)
        for each in _described(fault, settings)
    ]
    for place, found, expected, remedy in sorted(
        dict.fromkeys(faults), key=lambda each: (settings.line(*each[0]), _dotted(each[0]))
    ):
        settings.wrong(place, found, expected, remedy)


def _described(fault: ValidationError, settings: Settings) -> list[tuple[Place, str, str, str]]:
    """(place, found, expected, remedy) of everything one fault stands for."""
    place, instance = tuple(fault.absolute_path), fault.instance
    if fault.validator in ("additionalProperties", "required"):
        return _wrong_keys(fault, place)
    if "propertyNames" in fault.absolute_schema_path:
        return [((*place, instance), instance, _expectation(fault), "correct the name")]
    found: str = settings.written.get(place, "")
    remedy = "correct the value"
    if instance is None:
        found, remedy = words("an empty value"), "fill it in"
    elif isinstance(instance, (dict, list)):
        found = words("keys and values" if isinstance(instance, dict) else "a list")
        found = found if instance else words(f"an empty {'list' if isinstance(instance, list) else 'value'}")
    if instance is not None and fault.validator == "type" and "string" in fault.validator_value:
        remedy = "put the text in quotation marks"
    elif fault.validator == "enum":
        remedy = "use one of these words exactly"
    return [(place, found, _expectation(fault), remedy)]


def _wrong_keys(fault: ValidationError, place: Place) -> list[tuple[Place, str, str, str]]:
    """Unknown and missing keys; a misspelt one is one mistake, not one too many and one missing."""
    known = list(fault.schema.get("properties", {}))
    missing = [key for key in fault.schema.get("required", ()) if key not in fault.instance]
    unknown = [key for key in fault.instance if key not in known]
    if fault.schema.get("additionalProperties") is not False:
        unknown = []
    misspelt = {key: meant(key, [each for each in known if each not in fault.instance]) for key in unknown}
    faults = []
    for key, close in misspelt.items():
        expected = close or f"one of {', '.join(known)}"
        remedy = f"rename the key to {close}" if close else "remove the key, or see docs/new-review.md"
        faults.append(((*place, key), key, expected, remedy))
    for key in missing:
        if key not in misspelt.values():
            faults.append(
                ((*place, key), words("no such key"), f"the key {key}", f"add it; {_TEMPLATE} shows how")
            )
    return faults


def _expectation(fault: ValidationError) -> str:
    value = fault.validator_value
    if fault.validator == "enum":
        return f"one of {', '.join(map(str, value))}"
    if fault.validator == "type":
        kinds = value if isinstance(value, list) else [value]
        return " or ".join(_KINDS[kind] for kind in kinds)
    return str(fault.schema.get("description", fault.message))


def _dotted(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "(top level)"
