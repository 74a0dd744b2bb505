"""Broken files and cells: one thing damaged in each review, and the one message that must come of it."""

from dataclasses import replace

from damage import (
    Broken,
    add_column,
    both,
    cells,
    changed,
    content,
    in_cells,
    in_one_review,
    in_rows,
    text,
    together,
    without,
    without_column,
    yaml,
)


def windows_1252(whole: str) -> bytes:
    """One byte of another encoding, behind a byte-order mark, which must not shift the place."""
    return b"\xef\xbb\xbf" + whole.replace("table 2", "table 2 ?").encode().replace(b"?", b"\x96")


def semicolons(whole: str) -> str:
    """As saved in Norway, with a number that may mean 1.281 or 1281."""
    return whole.replace(",", ";").replace("3.1;", "1.281;")


SUBGROUPS = "    measure: MD\n    subgroups: {nb: Kjønn, en: Sex}\n"
FEVER = """  - id: fever
    title: {nb: Feber, en: Fever}
    measure: RR
    direction: less-is-better
    method: {name: revman5}
"""
BORROWER = FEVER + "    rows_of: death\n"
EMPTY, NOTE, DATE = "leave the cell empty", "units and remarks belong into note", "date made by a spreadsheet"
GROUPS, LEDGER = "without thousands separators", "add it to corrections.csv"
UNKNOWN = "status unknown"
TOP = "studies.csv:1"

# fmt: off
FILES = [
    Broken("altered-byte", text("studies.csv", "Ås 2001,reported,5,50", "Ås 2001,reported,6,50"),
           "studies.csv", "", "SHA-256", "as sealed in SHA256SUMS line 4: the file was altered",
           "make seal REVIEW=altered-byte", False),
    Broken("no-seal", without("SHA256SUMS"), "SHA256SUMS", "", "no seal", "a checksum of every file",
           "make seal REVIEW=no-seal", False),
    Broken("empty-seal", content("SHA256SUMS", ""), "SHA256SUMS", "", "an empty seal", "a checksum",
           "make seal", False),
    Broken("listed-file-missing", without("corrections.csv"), "corrections.csv", "", "no such file",
           "SHA256SUMS line 1 lists", "restore it, or if the change is meant, reseal", False),
    Broken("file-not-sealed", content("grade.csv", "analysis\n"), "grade.csv", "", "not sealed",
           "an entry in SHA256SUMS",
           "remove it, or if the change is meant, reseal on purpose: make seal REVIEW=file-not-sealed",
           False),
    Broken("file-not-read", content("Notes (draft) 1.txt", "x"), "Notes (draft) 1.txt", "", "does not read",
           "only review.yaml, studies.csv", "remove it"),
    Broken("unsealed-and-not-read", content("trials.xlsx", "x"), "trials.xlsx", "", "does not read", "only",
           "remove it", False),
    Broken("seal-line-malformed", text("SHA256SUMS", "  studies.csv", " studies.csv"), "SHA256SUMS:4", "",
           "studies.csv", "a checksum, two blanks and a file name", "restore the seal", False),
    *in_one_review("missing-files",
        Broken("no-studies", without("studies.csv"), "studies.csv", "", "no such file",
               "which every review has", "docs/template/studies.csv"),
        Broken("no-published", without("published.csv"), "published.csv", "", "no such file",
               "which every review has", "docs/template/published.csv")),
    Broken("no-settings", without("review.yaml"), "review.yaml", "", "no such file", "which every review has",
           "docs/template/review.yaml"),
    Broken("utf-16", changed("studies.csv", lambda whole: whole.encode("utf-16")), TOP, "", "UTF-16", "UTF-8",
           '"CSV UTF-8"'),
    Broken("utf-16-without-mark", changed("review.yaml", lambda whole: whole.encode("utf-16-le")),
           "review.yaml:1", "", "UTF-16", "UTF-8", "save it as UTF-8 in a text editor"),
    *in_one_review("not-csv",
        Broken("excel-workbook", content("studies.csv", b"PK\x03\x04[Content_Types].xml"), TOP, "",
               "an Excel workbook", "UTF-8 text", 'save it as "CSV UTF-8"'),
        Broken("title-above-header", changed("published.csv", lambda whole: f"Table 2;;\n{whole}"),
               "published.csv:1", "", "no column names but Table 2", "the columns analysis",
               "with nothing above it")),
    *in_one_review("encodings",
        Broken("latin-1", changed("studies.csv", lambda whole: whole.encode("latin-1")), "studies.csv:2",
               "character 7", 'byte C5, which is "Å"', "UTF-8 text", '"CSV UTF-8"'),
        Broken("windows-1252", changed("published.csv", windows_1252), "published.csv:3", "character 33",
               'byte 96, which is "–" in Windows-1252', "UTF-8 text", '"CSV UTF-8"')),
    *in_one_review("invisible",
        Broken("nul", text("studies.csv", "Bø 2002,reported,0", "Bø 2002,reported,\0"), "studies.csv:3",
               "character 24", "the invisible character U+0000", "visible text", "delete"),
        Broken("zero-width-space", text("published.csv", "-0.61", "-0.61\u200b"), "published.csv:3",
               "character 20", "U+200B", "visible text", "retype the cell")),
    Broken("control-character", yaml("made-up review", "made-up\x07 review"), "review.yaml:2", "character 27",
           "U+0007", "visible text", "delete"),
    Broken("lost-letter", cells(3, trial="B\ufffd 2002"), "studies.csv:3", "character 8",
           "where a letter was lost", "the letter", "retype"),
    *in_one_review("empty-files",
        Broken("empty-file", content("studies.csv", ""), TOP, "", "an empty file", "the columns analysis",
               "restore the file"),
        Broken("only-separators", content("published.csv", "\n;;;\n\n"), "published.csv:1", "",
               "an empty file", "the columns analysis, quantity", "restore the file")),
    Broken("header-only", changed("studies.csv", lambda whole: whole.split("\n")[0]), "studies.csv",
           "analysis", "no row for death, pain, stay", "a row for each trial", UNKNOWN),
    Broken("no-header", changed("studies.csv", lambda whole: whole.partition("\n")[2]), TOP, "",
           "no column names but death, Ås 2001", "the columns analysis, trial",
           "make the column names the first row"),
    Broken("separator-line-of-excel", changed("studies.csv", lambda whole: f"sep=,\n{whole}"), TOP, "",
           "no column names but sep=", "the columns analysis", "with nothing above it"),
    *in_one_review("columns",
        Broken("column-twice", add_column("trial", {}), TOP, "trial", "the column twice", "each column once",
               "rename one of them"),
        Broken("column-missing", without_column("status"), TOP, "status", "no such column",
               "the columns analysis, trial, status",
               "add the column status (columns found: analysis, trial, experimental_events"),
        Broken("column-misspelt", text("studies.csv", "experimental_sd", "Experimental SD"), TOP,
               "Experimental SD", '"Experimental SD"', "experimental_sd",
               "rename the column to experimental_sd"),
        Broken("column-unknown", add_column("dose", {}), TOP, "dose", '"dose"', "one of analysis, trial",
               "belong into note")),
    Broken("column-unnamed-between", text("studies.csv", ",locator,note", ",locator,,note"), TOP, "column 20",
           "a column without a name", "a name for each column", "name the column or delete it"),
    Broken("column-unnamed-with-content", add_column("", {4: "check this", 5: "and this"}), "studies.csv:4",
           "column 21", '"check this"', "no name in line 1", "name the column"),
    *in_one_review("shapes",
        Broken("too-few-cells", text("studies.csv", ",toy,table 1,\ndeath,Bø", ",toy\ndeath,Bø"),
               "studies.csv:2", "", "18 cells", "20 cells, as in the header", "keep empty cells"),
        Broken("decimal-comma-splits-cells", text("studies.csv", "3.1,1.2", "3,1,1,2"), "studies.csv:4", "",
               "21 cells", "20 cells", "write decimals with a point"),
        Broken("too-many-cells", text("studies.csv", "per week", "per week, as printed"), "studies.csv:7", "",
               "21 cells", "20 cells, as in the header", "text that holds a comma in quotation marks")),
    Broken("unclosed-quote", text("studies.csv", "toy,table 2,\npain,Bø", 'toy,"table 2,\npain,Bø'),
           "studies.csv:4", "", "broken CSV", "quotation marks in pairs", "close every quote"),
    Broken("point-between-semicolons", changed("studies.csv", semicolons), "studies.csv:4",
           "experimental_mean", '"1.281"', "a number such as 1.5", f"{GROUPS}, and decimals with a comma"),
    Broken("line-after-a-note-of-three-lines",
           both(cells(2, note="one\ntwo\r\n\nfour"), cells(3, experimental_events="x")), "studies.csv:6",
           "experimental_events", '"x"', "a whole number", "write a number"),
    Broken("line-after-empty-rows",
           text("studies.csv", "\ndeath,Bø 2002,reported,0", "\n\n,,\r\n\ndeath,Bø 2002,reported,x"),
           "studies.csv:6", "experimental_events", '"x"', "a whole number", "write a number"),
]
COUNTS = in_cells("count", 2, "experimental_events", "a whole number such as 12", {
    "na": ("NA", EMPTY), "n-a": ("n/a", EMPTY), "dash": ("-", EMPTY), "question": ("?", EMPTY),
    "en-dash": ("–", EMPTY),
    "word": ("none reported", "write a number, or leave the cell empty"),
    "fraction": ("5/50", "put events and total into columns of their own"),
    "percent": ("10%", "the number of people, not a percentage"),
    "inequality": ("<5", "an inequality cannot be pooled"),
    "thousands-blank": ("1 281", GROUPS), "thousands-no-break-space": ("1\u00a0281", GROUPS),
    "thousands-comma": ("1,281", GROUPS), "thousands-points": ("1.281.000", GROUPS),
    "date-month": ("5. mar", DATE), "date-month-english": ("May-50", DATE), "date-iso": ("2001-05-03", DATE),
    "date-slashes": ("05/03/2001", DATE), "date-points": ("05.03.2001", DATE),
    "unit": ("12 kg", NOTE), "remark": ("5*", NOTE), "with-percentage": ("5 (10%)", NOTE),
    "negative": ("-5", "a count cannot be negative"), "minus-sign": ("\u22125", "a count cannot be negative"),
    "fractional": ("4.5", "people and events are whole"),
    "decimal-zero": ("5.0", "people and events are whole"),
    "full-width-digits": ("１２", "retype it with the plain digits 0 to 9"),
    "arabic-digits": ("٥", "retype it with the plain digits 0 to 9"),
    "scientific": ("1.2E+03", "write out all digits"),
    "spreadsheet-error": ("#DIV/0!", "a spreadsheet's error"),
    "formula": ("=B2+C2", "write its value"), "infinity": ("inf", "write a number"),
})
DECIMALS = in_cells("number", 4, "experimental_mean", "a number such as 1.5", {
    "na": ("n.a.", EMPTY), "nan": ("NaN", EMPTY), "decimal-comma": ("3,1", "use a decimal point"),
    "ambiguous-comma": ("1,281", GROUPS), "unit": ("12 kg", NOTE),
    "percent": ("3.1 %", "without the percent sign"),
    "two": ("3.1 (1.2)", "keep one number alone"), "range": ("3.1–3.4", "keep one number alone"),
    "date": ("3. jan", DATE), "infinity": ("-inf", "write a number"), "overflow": ("1e999", LEDGER),
    "overflow-negative": ("-1e999", LEDGER), "absurd": ("3.1e15", LEDGER), "hexadecimal": ("0x1F", NOTE),
    "underscore": ("1_000", NOTE), "value-error": ("#VERDI!", "a spreadsheet's error"),
})
FACTORS = in_cells("factor", 7, "scale_factor", "a factor above 0 such as 1/7 or 0.5", {
    "colon": ("1:7", "write it as 1/7"), "by-zero": ("1/0", "write it as 1/7"),
    "zero": ("0", LEDGER), "negative": ("-1", LEDGER),
    "words": ("per week", "write a number"), "decimal-comma": ("0,5", "use a decimal point"),
})

NO_MEANS = dict.fromkeys(
    (f"{arm}_{what}" for arm in ("experimental", "control") for what in ("mean", "sd", "total")), ""
)
NOT_USED = (
    "RR needs experimental_events, experimental_total, control_events, control_total and does not use "
    "experimental_mean, experimental_sd"
)
ROWS = in_rows("row", "studies.csv",
    ("events-above-total", 2, {"experimental_events": "51"}, "experimental_events", '"51"',
     "at most experimental_total 50", LEDGER),
    ("total-zero", 3, {"control_events": "0", "control_total": "0"}, "control_total", '"0"',
     "at least 1 participant", LEDGER),
    ("sd-negative", 5, {"control_sd": "-1.4"}, "control_sd", '"-1.4"', "a standard deviation of 0 or more",
     LEDGER),
    ("sd-missing", 5, {"control_sd": ""}, "control_sd", "an empty cell", "a number: MD needs control_sd",
     UNKNOWN),
    ("events-missing", 3, {"experimental_events": ""}, "experimental_events", "an empty cell",
     "a number: RR needs experimental_events", UNKNOWN),
    ("total-missing", 2, {"control_total": " "}, "control_total", "an empty cell",
     "a number: RR needs control_total", UNKNOWN),
    ("all-numbers-missing", 4, NO_MEANS, "experimental_mean", "an empty cell",
     "MD needs experimental_mean, experimental_sd, experimental_total, control_mean, control_sd", UNKNOWN),
    ("unknown-with-numbers", 2, {"status": "unknown"}, "status",
     '"unknown" beside numbers in experimental_events, experimental_total, control_events, control_total',
     "no numbers in a row with status unknown", "give the row another status"),
    ("numbers-of-no-use", 2, {"experimental_mean": "3", "experimental_sd": "1"}, "experimental_mean", '"3"',
     NOT_USED, "clear the cells, or change the measure"),
    ("row-of-another-measure", 2, {"analysis": "pain"}, "experimental_events", '"5"',
     "an empty cell: MD needs experimental_mean", "change the measure of the analysis"),
    ("status-word", 3, {"status": "Reported"}, "status", '"Reported"',
     "one of reported, derived, reconstructed, unknown", "exactly"),
    ("status-empty", 3, {"status": ""}, "status", "an empty cell", "one of reported, derived", "exactly"),
    ("trial-empty", 3, {"trial": "\u00a0"}, "trial", "an empty cell", "a value", "fill in trial"),
    ("trial-empty-again", 3, {"trial": ""}, "trial", "an empty cell", "a value", "fill in trial"),
    ("source-unknown", 6, {"source": "toys"}, "source", '"toys"', "one of toy", "add it to review.yaml"),
    ("source-empty", 6, {"source": ""}, "source", "an empty cell", "a value", "fill in source"),
    ("analysis-unknown", 3, {"analysis": "deaths"}, "analysis", '"deaths"', "one of death, pain, stay",
     "correct"),
    ("analysis-empty", 3, {"analysis": ""}, "analysis", "an empty cell", "a value", "fill in analysis"),
    ("trial-twice", 4, {"trial": "Ås 2001"}, "trial", '"Ås 2001"',
     "each trial once in an analysis (already in line 4)", "delete the duplicate"),
    ("trial-twice-decomposed", 2, {"trial": "A\u030as 2001"}, "trial", '"Ås 2001"', "already in line 2",
     "delete"),
    ("se-and-limits", 7, {"se": "3.6"}, "se", "se, ci_low, ci_high", "either se, or both",
     "give one of them"),
    ("se-and-a-limit-of-zero", 6, {"ci_low": "0"}, "se", "se, ci_low", "either se, or both",
     "one of them"),
    ("neither-se-nor-limits", 6, {"se": ""}, "se", "neither se nor limits", "or statistic, or p",
     "one of them"),
    ("one-limit", 7, {"ci_low": ""}, "se", "ci_high", "both ci_low and ci_high", "give one of them"),
    ("se-negative", 6, {"se": "-0.5"}, "se", '"-0.5"', "a standard error of 0 or more", LEDGER),
    ("estimate-outside", 7, {"estimate": "1"}, "estimate", '"1"', "between ci_low -14 and ci_high 0", LEDGER),
    ("limits-swapped", 7, {"ci_low": "0", "ci_high": "-14"}, "ci_low", '"0"', "at most ci_high -14",
     "swap the"),
    ("level-as-fraction", 7, {"ci_level": "0.95"}, "ci_level", '"0.95"', "a percentage from 50",
     "write 95 for 95%"),
    ("level-100", 7, {"ci_level": "100"}, "ci_level", '"100"', "to below 100", "write 95"),
    ("level-beside-se", 6, {"ci_level": "95"}, "ci_level", '"95"', "an empty cell beside se",
     "clear the cell"),
)  # fmt: skip
RATIO = both(yaml("log_scale: false", "log_scale: true"), cells(6, estimate="-0.7"),
             cells(7, estimate="0.7", ci_low="0.5", ci_high="0.9"))
MORE_COLUMNS = both(add_column("subgroup", {2: "men"}, "published.csv"),
                    add_column("method", {3: "fixed"}, "published.csv"))
STUDIES = [
    *ROWS,
    *together("ratio", RATIO,
        ("log-of-a-ratio", "studies.csv:6", "estimate", '"-0.7"', "a ratio above 0, not its logarithm",
         "as printed"),
        ("ratio-with-a-unit", "studies.csv:7", "scale_factor", '"1/7"', "a ratio has no unit to convert",
         "clear")),
    Broken("analysis-without-rows", yaml("  - id: stay\n", FEVER + "  - id: stay\n"), "studies.csv",
           "analysis", "no row for fever", "a row for each trial", UNKNOWN),
    Broken("row-of-a-borrower",
           both(yaml("  - id: stay\n", BORROWER + "  - id: stay\n"), cells(3, analysis="fever")),
           "studies.csv:3", "analysis", '"fever"',
           "no row of its own: review.yaml gives it the rows of death", "delete the row, or rows_of"),
    Broken("subgroup-not-declared", add_column("subgroup", {4: "men"}), "studies.csv:4", "subgroup", '"men"',
           "an empty cell: pain declares no subgroups", "add the key subgroups"),
    Broken("subgroup-missing", both(yaml("    measure: MD\n", SUBGROUPS), add_column("subgroup", {4: "men"})),
           "studies.csv:5", "subgroup", "an empty cell", "a subgroup: pain declares them", "fill it in"),
    Broken("subgroup-column-missing", yaml("    measure: MD\n", SUBGROUPS), TOP, "subgroup", "no such column",
           "subgroup", "add the column subgroup"),
    Broken("covariate-column-missing",
           yaml("analyses:\n", "covariates:\n  age: {nb: Alder, en: Age}\nanalyses:\n"), TOP, "covariate_age",
           "no such column", "covariate_age", "add the column covariate_age"),
]
#: The optional columns of arms that are reported in other terms than mean and SD.
SUMMARY_COLUMNS = both(*(
    add_column(f"{arm}_{name}", {}) for arm in ("experimental", "control")
    for name in ("se", "ci_low", "ci_high", "median", "q1", "q3", "min", "max")
))
NO_SD, NOTHING = {"control_sd": ""}, {"control_mean": "", "control_sd": ""}
SUMMARIES = [replace(case, damage=both(SUMMARY_COLUMNS, case.damage)) for case in in_rows(
    "summaries", "studies.csv",
    ("sd-and-se-disagree", 5, {"control_se": "0.3"}, "control_se", '"0.3"',
     "what fits control_sd 1.4 with n = 41: an SD from 1.35 to 1.45, not from 1.601 to 2.241", LEDGER),
    ("sd-and-ci-disagree", 5, {"control_ci_low": "2.4", "control_ci_high": "4.0"}, "control_ci_low",
     '"2.4 to 4.0"', "what fits control_sd 1.4 with n = 41 and a level of 95%", "clear the one"),
    ("se-and-ci-disagree", 5, NO_SD | {"control_se": "0.1", "control_ci_low": "2.4", "control_ci_high": "4"},
     "control_ci_low", '"2.4 to 4"', "what fits control_se 0.1", "clear the one that is wrong"),
    ("half-a-ci", 5, NO_SD | {"control_se": "0.22", "control_ci_low": "2.8"}, "control_ci_high",
     "an empty cell", "a number beside control_ci_low", "give both or neither"),
    ("half-of-the-quartiles", 5, NO_SD | {"control_se": "0.22", "control_q3": "4"}, "control_q1",
     "an empty cell", "a number beside control_q3", "give both or neither"),
    ("half-of-the-range", 5, NO_SD | {"control_se": "0.22", "control_min": "0"}, "control_max",
     "an empty cell", "a number beside control_min", "give both or neither"),
    ("se-of-an-arm-negative", 5, NO_SD | {"control_se": "-0.2"}, "control_se", '"-0.2"',
     "a standard error of 0 or more", LEDGER),
    ("limits-of-an-arm-swapped", 5, NO_SD | {"control_ci_low": "3.6", "control_ci_high": "2.8"},
     "control_ci_low", '"3.6"', "at most control_ci_high 2.8", "swap them"),
    ("median-outside-the-quartiles", 5,
     NOTHING | {"control_q1": "3", "control_median": "2.5", "control_q3": "4"}, "control_q1", '"3"',
     "at most control_median 2.5", "swap them"),
    ("quartile-outside-the-range", 5,
     {"control_q1": "3", "control_q3": "4", "control_min": "0", "control_max": "3.9"}, "control_q3", '"4"',
     "at most control_max 3.9", "swap them"),
    ("mean-outside-its-ci", 5, NO_SD | {"control_ci_low": "3.4", "control_ci_high": "4.2"}, "control_mean",
     '"3.2"', "a value between control_ci_low 3.4 and control_ci_high 4.2", LEDGER),
    ("mean-outside-the-range", 5, {"control_min": "4", "control_max": "9"}, "control_mean", '"3.2"',
     "a value between control_min 4 and control_max 9", LEDGER),
    ("sd-above-what-the-range-allows", 5, {"control_min": "3.0", "control_max": "3.6"}, "control_sd", '"1.4"',
     "at most an SD of 0.3543, half the distance of control_min 3.0 and control_max 3.6", LEDGER),
    ("se-that-is-an-sd", 5, NO_SD | {"control_se": "1.4", "control_min": "0", "control_max": "7"},
     "control_se", '"1.4"', "at most an SD of 4.05", "check for an SD in the place of an SE"),
    ("one-participant", 5, NO_SD | {"control_total": "1", "control_se": "0.2"}, "control_total", '"1"',
     "at least 2 participants beside control_se", LEDGER),
    ("level-without-limits", 5, {"ci_level": "90"}, "ci_level", '"90"',
     "an empty cell beside means and SDs: a level belongs to limits", "clear the cell"),
    ("level-of-an-arm-as-fraction", 5,
     NO_SD | {"ci_level": "0.9", "control_ci_low": "2.8", "control_ci_high": "3.6"}, "ci_level", '"0.9"',
     "a percentage from 50", "write 95 for 95%"),
    ("summary-of-another-measure", 2, {"control_se": "0.2"}, "control_se", '"0.2"',
     "an empty cell: RR needs experimental_events", "change the measure"),
    ("summary-of-a-generic-row", 6, {"control_median": "3"}, "control_median", '"3"',
     "an empty cell: GIV needs estimate", "clear the cells"),
    ("median-alone", 5, NOTHING | {"control_median": "3"}, "control_mean", "an empty cell",
     "MD needs control_mean, control_sd; an SD also follows from se", UNKNOWN),
    ("quartiles-without-median", 5, NOTHING | {"control_q1": "2", "control_q3": "4"}, "control_mean",
     "an empty cell", "MD needs control_mean; an SD also follows", UNKNOWN),
    ("unknown-with-a-summary", 5, NO_MEANS | {"status": "unknown", "control_median": "3"}, "status",
     '"unknown" beside numbers in control_median', "no numbers in a row with status unknown", "give the row"),
    ("summary-not-a-number", 5, NO_SD | {"control_se": "0,2"}, "control_se", '"0,2"', "a number such as 1.5",
     "use a decimal point"),
)]
PUBLISHED = [
    *in_rows("figure", "published.csv",
        ("two-figures", 2, {"value": "0.36 (0.13 to 1.01)"}, "value", '"0.36 (0.13 to 1.01)"',
         "one number as printed", "one figure a row"),
        ("figure-in-words", 2, {"value": "not significant"}, "value", '"not significant"', "one number",
         "one figure"),
        ("figure-empty", 2, {"value": ""}, "value", "an empty cell", "a value", "fill in value"),
        ("figure-with-decimal-comma", 3, {"value": "-0,61"}, "value", '"-0,61"',
         "a decimal point (or decimal_comma", "say in review.yaml that the source prints commas"),
        ("figure-with-thousands", 2, {"quantity": "participants", "value": "1 281"}, "value", '"1 281"',
         "one number as printed", GROUPS),
        ("count-read-as-decimal", 2, {"quantity": "participants", "value": "1.281"}, "value", '"1.281"',
         "a whole number: participants has no decimals", GROUPS),
        ("quantity-unknown", 2, {"quantity": "rr"}, "quantity", '"rr"', "one of estimate, ci_low", "exactly"),
        ("quantity-of-an-analysis", 2, {"analysis": "review"}, "quantity", '"estimate"',
         "one of trials, participants", "exactly"),
        ("figure-of-an-unknown-analysis", 2, {"analysis": "sorrow"}, "analysis", '"sorrow"',
         "one of death, pain, stay, review", "correct the name"),
        ("figure-of-an-unknown-source", 3, {"source": "abstract", "value": "-0,61"}, "source", '"abstract"',
         "one of toy", "add it to review.yaml"),
        ("figure-twice", 2, {"value": "0.37"}, "quantity", '"estimate"',
         "each figure of a source once (already in line 2)", "delete the duplicate")),
    *together("figures-with-more-columns", MORE_COLUMNS,
        ("subgroup-of-a-figure-unknown", "published.csv:2", "subgroup", '"men"',
         "an empty cell: death has no subgroups", "write it as in studies.csv"),
        ("method-of-a-figure-unknown", "published.csv:3", "method", '"fixed"', "a named method: revman5",
         "empty")),
]
LEDGER_ROWS = """analysis,subgroup,trial,column,expected,used,reason,source
death,,Ås 2001,experimental_events,6,7,misprint,toy
death,,Ås 2003,experimental_events,5,6,misprint,toy
death,,Ås 2001,events,5,6,misprint,toy
death,,Ås 2001,experimental_total,50,51,,toy
death,,Ås 2001,control_total,50,50,misprint,toy
death,,Ås 2001,control_events,10,11,misprint,mail
death,,Bø 2002,control_events,4,four,misprint,toy
pain,,Ås 2001,control_sd,1.3,1.4,misprint,toy
pain,,Ås 2001,control_sd,1.3,1.5,misprint,toy
"""
GRADE_ROWS = """analysis,judge,certainty,source,locator
death,toy,low,toy,p. 1
death,toy,high,toy,p. 2
pain,toy,very low,toy,p. 1
sorrow,toy,low,toy,p. 1
stay,toy,low,letter,p. 1
stay,,low,toy,p. 1
"""
HUMAN = [
    *together("corrections", content("corrections.csv", LEDGER_ROWS),
        ("correction-of-another-value", "corrections.csv:2", "expected", '"6"', '"5", which is in',
         "the evidence changed under the correction"),
        ("correction-of-an-unknown-trial", "corrections.csv:3", "trial", '"Ås 2003"',
         "a trial of studies.csv", "correct the entry or delete it"),
        ("correction-of-an-unknown-column", "corrections.csv:4", "column", '"events"',
         "one of analysis, trial, status, experimental_events", "name a column of studies.csv"),
        ("correction-without-reason", "corrections.csv:5", "reason", "an empty cell", "a value",
         "fill in reason"),
        ("correction-of-nothing", "corrections.csv:6", "used", '"50"', "another value than expected",
         "delete"),
        ("correction-from-an-unknown-source", "corrections.csv:7", "source", '"mail"', "one of toy",
         "review.yaml"),
        ("correction-to-no-number", "corrections.csv:8", "used", '"four"',
         "a whole number such as 12 (control_events of raw/corrections/studies.csv:3)", "write a number"),
        ("correction-twice", "corrections.csv:10", "column", '"control_sd"',
         "each cell corrected once (already in line 9)", "delete one of the entries")),
    *together("judgements", content("grade.csv", GRADE_ROWS),
        ("judgement-twice", "grade.csv:3", "judge", '"toy"', "already in line 2", "delete one of them"),
        ("certainty-word", "grade.csv:4", "certainty", '"very low"', "one of high, moderate, low, very-low",
         "exactly"),
        ("judgement-of-an-unknown-analysis", "grade.csv:5", "analysis", '"sorrow"',
         "one of death, pain, stay", "name"),
        ("judgement-from-an-unknown-source", "grade.csv:6", "source", '"letter"', "one of toy",
         "review.yaml"),
        ("judgement-of-nobody", "grade.csv:7", "judge", "an empty cell", "a value", "fill in judge")),
]
# fmt: on
BROKEN_FILES = [*FILES, *COUNTS, *DECIMALS, *FACTORS, *STUDIES, *SUMMARIES, *PUBLISHED, *HUMAN]
