"""The test for subgroup differences in the audit workbook, as formulas over the subgroups' pooled values."""

from repool.workbook.cells import NUMBER, PERCENT, ScopeTable, both
from repool.workbook.formulas import label, symbol
from repool.workbook.trials import Trials
from repool.workbook.words import TEXTS

_ROWS = ("sub_w", "sub_wmu", "sub_mean", "sub_dev", "sub_count", "sub_q", "sub_df", "sub_p", "sub_i2")
_FIELDS = {"subgroups": "sub_count", "q": "sub_q", "df": "sub_df", "p": "sub_p", "i2": "sub_i2"}
_FORMS = {"sub_count": "0", "sub_df": "0", "sub_i2": PERCENT}


def write_subgroup_test(trials: Trials, method: str, pooled: ScopeTable) -> None:
    """Subgroup estimates around their inverse-variance mean (Borenstein & Higgins 2013)."""
    page = trials.page
    page.text(page.row, 1, both(TEXTS["subgroup-test"]), "note")
    page.row += 1
    made = ScopeTable(page, _ROWS, trials.scopes)
    for row in _ROWS:
        made.label(row, label(row), symbol(row))
    for scope in range(1, len(trials.scopes)):
        mu, se = pooled.at("mu", scope), pooled.at("se_used", scope)
        w, mean = made.at("sub_w", scope), made.at("sub_mean", 0)
        made.formula("sub_w", scope, f'IF(AND(ISNUMBER({mu}),N({se})>0),1/{se}^2,"")')
        made.formula("sub_wmu", scope, f'IF(ISNUMBER({w}),{w}*{mu},"")')
        made.formula("sub_dev", scope, f'IF(ISNUMBER({w}),{w}*({mu}-{mean})^2,"")')
    weights, count, q, df = (
        made.subgroups("sub_w"), made.at("sub_count", 0), made.at("sub_q", 0), made.at("sub_df", 0),
    )  # fmt: skip
    formulas = {
        "sub_count": f"COUNT({weights})",
        "sub_mean": f'IF({count}>0,SUM({made.subgroups("sub_wmu")})/SUM({weights}),"")',
        "sub_q": f'IF({count}>1,SUM({made.subgroups("sub_dev")}),"")',
        "sub_df": f'IF({count}>1,{count}-1,"")',
        "sub_p": f'IF({count}>1,CHIDIST({q},{df}),"")',
        "sub_i2": f'IF({count}>1,IF({q}=0,0,100*MAX(0,({q}-{df})/{q})),"")',
    }
    for row, formula in formulas.items():
        style = "result" if row in ("sub_q", "sub_p", "sub_i2") else "derived"
        made.formula(row, 0, formula, style, _FORMS.get(row, NUMBER))
    for field, row in _FIELDS.items():
        page.place(made.at(row, 0), "subgroups", trials.analysis.analysis, method, field)
