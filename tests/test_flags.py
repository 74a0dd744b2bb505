"""Which analyses are drawn and written out when only those that need a look are asked for."""

from pathlib import Path

import pytest

from repool.flags import flagged

TABLES = {
    "verdicts.csv": "analysis,verdict\na1,exact\na2,minor\na3,not-attemptable\na4,rounding\n",
    "questions.csv": "analysis,rule\na5,sd-is-se\n",
    "trial_verdicts.csv": (
        "analysis,verdict_estimate,verdict_weight\na6,exact,\na7,,major\na8,not-attemptable,exact\n"
    ),
}
NEEDED = {"verdicts.csv": {"a2"}, "questions.csv": {"a5"}, "trial_verdicts.csv": {"a7"}}


@pytest.mark.parametrize("name", TABLES)
def test_each_table_flags_what_is_not_reproduced_or_questioned(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TABLES[name], "utf-8")
    assert flagged(tmp_path) == NEEDED[name]


def test_all_tables_count_and_none_need_be_there(tmp_path: Path) -> None:
    assert flagged(tmp_path) == set()
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert flagged(tmp_path) == {"a2", "a5", "a7"}
