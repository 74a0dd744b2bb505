"""The 353 Cochrane reviews in normal form with their effects, for tests of the questions about the input."""

from functools import cache

from conftest import SCHEMA, shared
from repool.meta_analysis import analyse
from repool.model import NormalForm
from repool.raw_reviews import RawReview
from repool.readers.review import read_review
from repool.results import Results

Loaded = tuple[NormalForm, Results]
_END = "-data-rows.csv"


@cache
def corpus() -> tuple[Loaded, ...]:
    """All reviews, read as packages of data rows alone."""
    loaded = []
    for path in sorted(shared("cochrane", "data-rows").glob(f"*{_END}")):
        review = RawReview(path.name.removesuffix(_END), path.parent, (path,))
        form, problems, _ = read_review(review, "raw", SCHEMA)
        assert form is not None, problems.found
        loaded.append((form, Results(analyse(form).effects, (), (), (), ())))
    return tuple(loaded)
