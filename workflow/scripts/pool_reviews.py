"""Normal form -> trial effects, weights, pooled results and tests; all of it again by the second engine."""

from job import each_review, say
from repool.agreement import read_sound, write_agreement
from repool.crosscheck import crosscheck
from repool.meta_analysis import analyse
from repool.results import read_results, write_results


def pool_review(folder, params):
    """One review; the second engine gets the numbers as they were written."""
    form = read_sound(folder)
    write_results(folder, analyse(form))
    counted = write_agreement(folder, crosscheck(form, read_results(folder)))
    if counted.differing:
        say(f"{folder.name}: stopped; numbers that the second engine contradicts: {counted.differing}")


each_review(snakemake, "pooling by every method, and everything again with the second engine", pool_review)
