"""Damaged RevMan 5 files: each stops with its place, what was found, what was expected and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from repool.readers.problems import Problems
from repool.readers.revman5 import read_revman5
from revman5_files import computed, every_kind, read, rm5

Change = Callable[[str], str | bytes]


def swap(old: str, new: str) -> Change:
    """The file with the first occurrence of a text replaced."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


def upto(end: str) -> Change:
    """The file up to a text."""
    return lambda text: text[: text.index(end)]


@dataclass(frozen=True)
class Damage:
    """A change of a file, and the one message that must come of it: its line by a text that stands there."""

    name: str
    change: Change
    at: str
    column: str
    found: str
    expected: str


ROW = '<DICH_DATA STUDY_ID="STD-Toy_x002d_1-2001" EVENTS_1="4" TOTAL_1="50" EVENTS_2="9" TOTAL_2="48"'
FIRST, SECOND = '<DICH_OUTCOME ID="CMP-001.01"', '<DICH_OUTCOME ID="CMP-001.02"'
BOMB = '?>\n<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '?>\n<!DOCTYPE COCHRANE_REVIEW SYSTEM "file:///etc/passwd">'
TWIN = '<EXCLUDED_STUDIES>\n<STUDY ID="STD-Toy_x002d_2-2001" NAME="Twin"/></EXCLUDED_STUDIES>'
WHOLE_XML, ENDS = "a whole, well-formed XML file", "an XML file that ends too soon"
COUNT, NUMBER, MISSING = "a whole number such as 12", "a number such as 1.5", "no such attribute"


def cell(name: str, old: str, new: str, found: str, expected: str) -> Damage:
    """Another text in an attribute."""
    text = f'{name}="{new}"'
    return Damage(text, swap(f'{name}="{old}"', text), text, name, found, expected)


def lost(tag: str, name: str, value: str, expected: str) -> Damage:
    """An attribute that is not there."""

    def change(text: str) -> str:
        start = text.index(tag)
        return text[:start] + text[start:].replace(f' {name}="{value}"', "", 1)

    return Damage(f"no {name}", change, tag[:15], name, MISSING, expected)


# fmt: off
DAMAGES = [
    Damage("truncated", upto("</COMPARISON>"), "END", "character 1", ENDS, WHOLE_XML),
    Damage("cut in a tag", upto('STUDY_ID="STD-Toy_x002d_1-2001" EV'), "END", "character 1", ENDS, WHOLE_XML),
    Damage("empty", lambda text: "", "TOP", "", "an empty file", "a RevMan 5 file (XML)"),
    Damage("no XML", lambda text: "Study,Events\n", "TOP", "character 1", "broken XML", WHOLE_XML),
    Damage("a zip", lambda text: b"PK\x03\x04\x14\0", "TOP", "", "a zip", "a RevMan 5 file (XML)"),
    Damage("a PDF", lambda text: "%PDF-1.7\n", "TOP", "", "a PDF", "a RevMan 5 file (XML)"),
    Damage("a login page", lambda text: "<!DOCTYPE html>\n<html/>", "TOP", "", "a web page (HTML)",
           "a RevMan 5 file (XML)"),
    Damage("mismatched", swap("</DICH_OUTCOME>", "</DICH>"), "</DICH>", "character 3", "mismatched tag",
           WHOLE_XML),
    Damage("attribute twice", swap('TOTAL_1="50"', 'EVENTS_1="5"'), 'EVENTS_1="5"', "character 57",
           "duplicate attribute", WHOLE_XML),
    Damage("control character", swap("Random", "Ran\x01dom"), "<NAME>Ran", "character 10", "invalid token",
           WHOLE_XML),
    Damage("another root", lambda text: "<svg>Log in</svg>", "TOP", "", "the root element svg",
           "the root element COCHRANE_REVIEW"),
    Damage("bomb", swap("?>", BOMB), "<!DOCTYPE", "", "a document type or entity", "as RevMan 5 writes it"),
    Damage("external", swap("?>", OUTSIDE), "<!DOCTYPE", "", "a document type", "a file without them"),
    Damage("HTML entity", swap("Random", "R&nbsp;"), "<NAME>R&", "character 8",
           "an entity that XML does not have", WHOLE_XML),
    Damage("too deep", swap("<NAME>Ra", "<B>" * 60), "<B><B>", "", "nested 50 deep", "a RevMan 5 file"),
    Damage("wrong encoding", lambda text: text.replace("Random", "Bjørn").encode("cp1252"), "<NAME>Bj",
           "encoding", "the byte F8", "UTF-8, which the file says it is"),
    Damage("unknown encoding", swap("UTF-8", "KLINGON"), "TOP", "encoding", '"KLINGON"', "UTF-8, ISO-8859"),
    cell("EVENTS_1", "4", "four", '"four"', COUNT),
    cell("EVENTS_1", "4", "4.5", '"4.5"', COUNT),
    cell("EVENTS_1", "4", "-4", '"-4"', COUNT),
    cell("EVENTS_1", "4", "", "an empty attribute", COUNT),
    cell("MEAN_1", "5.1", "5,1", '"5,1"', NUMBER),
    cell("MEAN_1", "5.1", "NaN", '"NaN"', NUMBER),
    cell("MEAN_1", "5.1", "1e999", '"1e999"', "below 1e+15"),
    cell("SD_1", "1.2", "-1.2", '"-1.2"', "0 or more"),
    cell("ESTIMATE", "-0.35", "800", '"800"', "a log ratio between -700 and 700"),
    cell("DF", "2", "two", '"two"', COUNT),
    cell("EFFECT_MEASURE", "RR", "HR", '"HR"', "one of RR, OR, RD, PETO_OR"),
    cell("EFFECT_MEASURE", "MD", "ROM", '"ROM"', "one of MD, SMD"),
    cell("METHOD", "MH", "GLMM", '"GLMM"', "one of MH, IV, PETO"),
    cell("RANDOM", "YES", "MAYBE", '"MAYBE"', "one of NO, YES"),
    cell("TOTALS", "YES", "SOME", '"SOME"', "one of YES, SUB, NO"),
    cell("CI_TOTAL", "95", "195", '"195"', "from 50 to below 100"),
    cell("CI_TOTAL", "95", "high", '"high"', NUMBER),
    cell("LOG_DATA", "YES", "", "an empty attribute", "one of NO, YES"),
    cell("SUBGROUP_TEST", "YES", "yes", '"yes"', "one of NO, YES"),
    lost("<DICH_DATA STUDY", "EVENTS_1", "4", COUNT),
    lost("<DICH_OUTCOME", "EFFECT_MEASURE", "RR", "one of RR"),
    lost("<DICH_OUTCOME", "METHOD", "MH", "one of MH"),
    lost("<DICH_OUTCOME", "RANDOM", "YES", "one of NO, YES"),
    lost("<DICH_OUTCOME", "TOTALS", "YES", "one of YES, SUB, NO"),
    lost("<IV_OUTCOME", "LOG_DATA", "YES", "one of NO, YES"),
    Damage("no cell at all", swap(ROW, '<DICH_DATA STUDY_ID="STD-Toy_x002d_1-2001"'), "<DICH_DATA",
           "EVENTS_1", "none of the attributes of a DICH_DATA", "EVENTS_1, TOTAL_1"),
    Damage("no study", swap(ROW, ROW.replace(' STUDY_ID="STD-Toy_x002d_1-2001"', "")), "<DICH_DATA EV",
           "STUDY_ID", MISSING, "a value"),
    Damage("stranger", swap(ROW, ROW.replace("Toy", "Nobody")), "STD-Nobody", "STUDY_ID",
           '"STD-Nobody_x002d_1-2001"', "the ID of a STUDY of this file"),
    Damage("study twice", swap("<EXCLUDED_STUDIES/>", TWIN), 'NAME="Twin"', "ID", '"STD-Toy_x002d_2-2001"',
           "an id of its own (already in line 23)"),
    Damage("figure in letters", swap('EFFECT_SIZE="', 'EFFECT_SIZE="x'), 'SIZE="x', "EFFECT_SIZE", '"x',
           NUMBER),
    Damage("weight in letters", swap('WEIGHT="', 'WEIGHT="x'), 'WEIGHT="x', "WEIGHT", '"x', NUMBER),
    Damage("outcome twice", swap(f'{SECOND} NO="2"', f'{SECOND} NO="1"'), SECOND, "NO", '"1"',
           "a number of its own (already in line 57)"),
    Damage("outcome without number", swap(f'{SECOND} NO="2"', SECOND), SECOND, "NO",
           "no number of the DICH_OUTCOME", "a whole number from 1"),
    Damage("comparison twice", swap("</COMPARISON>", '</COMPARISON>\n<COMPARISON NO="1"/>'),
           '<COMPARISON NO="1"/>', "NO", '"1"', "a number of its own (already in line 55)"),
    Damage("row of another kind", swap(ROW, ROW.replace("DICH", "CONT")), "<CONT_DATA", "",
           "the element CONT_DATA in DICH_OUTCOME", "their rows"),
    Damage("misspelt outcome", lambda text: text.replace("CONT_OUTCOME", "CONTINUOUS_OUTCOME"),
           "<CONTINUOUS", "", "the element CONTINUOUS_OUTCOME in COMPARISON", "CONT, IV"),
    Damage("diagnostic review", lambda text: text.replace("COMPARISON", "TESTS"), "<TESTS", "",
           "the element TESTS in ANALYSES_AND_DATA", "an intervention review"),
    Damage("protocol", lambda text: f"{upto('<ANALYSES')(text)}</COCHRANE_REVIEW>", "<COCHRANE", "",
           "no outcome with data, in a review of type INTERVENTION", "at least one outcome with numbers"),
]
# fmt: on


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A whole file: dichotomous outcomes without and with subgroups, means, and logs."""
    outcomes = every_kind()
    chosen = [outcomes[0], outcomes[1], outcomes[7], outcomes[10]]
    return rm5(computed(chosen, tmp_path_factory.mktemp("whole")))


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.name for damage in DAMAGES])
def test_every_damage_stops_the_file_with_its_place_and_cause(
    damage: Damage, whole: str, tmp_path: Path
) -> None:
    changed = damage.change(whole)
    made, problems = read(changed, tmp_path)
    assert made is None
    text = changed if isinstance(changed, str) else changed.decode("cp1252")
    before = {"TOP": "", "END": text}.get(damage.at)
    line = (text[: text.index(damage.at)] if before is None else before).count("\n") + 1
    (error,) = problems.errors
    assert (error.file, error.line, error.column) == ("raw/toys.rm5", line, damage.column)
    assert damage.found in error.found
    assert damage.expected in error.expected
    assert error.remedy


def test_several_damages_are_all_named_in_one_run(whole: str, tmp_path: Path) -> None:
    broken = whole.replace('EVENTS_1="4"', 'EVENTS_1="four"').replace('METHOD="MH"', 'METHOD="?"')
    _, problems = read(broken, tmp_path)
    assert [(each.column, each.found) for each in problems.errors[:3]] == [
        ("METHOD", '"?"'), ("METHOD", '"?"'), ("EVENTS_1", '"four"'),
    ]  # fmt: skip


def test_events_above_the_total_are_a_warning(whole: str, tmp_path: Path) -> None:
    made, problems = read(whole.replace('EVENTS_1="4"', 'EVENTS_1="51"'), tmp_path)
    assert made is not None
    assert {(each.severity, each.found, each.expected) for each in problems.found} == {
        ("warning", '"51"', "at most TOTAL_1 50")
    }


def test_a_file_that_is_not_there_or_a_folder_is_said_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none.rm5", tmp_path):
        problems = Problems()
        assert read_revman5(path, "none", "none.rm5", problems) is None
        assert len(problems.errors) == 1
