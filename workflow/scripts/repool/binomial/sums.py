"""Sums of a smooth function over 0, 1, ..., x - 1 from few of its values, for many x at once.

The beta-binomial's logarithm is made of sums of ln(c + s theta) over s below a count. Written as
differences of ln Gamma they lose every digit where theta is small; summed term by term they are exact at
theta = 0 too, but long. Here the first 16 terms are taken one by one, and each further stretch from 2^j
up to 2^(j+1) by 10 Gaussian nodes for equally spaced points (Gram's polynomials), exact for polynomials
of degree 19. The functions summed have their singularity at -c / theta <= 0, at least three half-widths
from a stretch's middle, so that what is left out is of the size (3 + sqrt(8))^-20 = 5e-16.
"""

from dataclasses import dataclass

import numpy as np

from repool.batch import Floats, Integers, Segments

_SINGLY = 16
_NODES = 10


@dataclass(frozen=True, slots=True)
class SumRule:
    """sum over s < x of f(s) = sum of weight * f(s), for each of several groups of counts x.

    s and weight lie end to end by group. Nodes that the counts of a group share are there once, with the
    sum of their weights.
    """

    s: Floats
    weight: Floats
    groups: Segments

    @staticmethod
    def of(counts: Floats, segments: Segments) -> "SumRule":
        """For whole numbers >= 0, the sums of all counts of a segment together."""
        group = np.repeat(np.arange(len(segments)), segments.counts)
        parts = [_one_by_one(counts, group)]
        edge = _SINGLY
        while edge < counts.max(initial=0):
            parts.append(_stretch(counts, group, edge))
            edge *= 2
        where = np.concatenate([part[0] for part in parts])
        s = np.concatenate([part[1] for part in parts])
        weight = np.concatenate([part[2] for part in parts])
        order = np.lexsort((s, where))
        where, s, weight = where[order], s[order], weight[order]
        new = np.concatenate([[True], (np.diff(where) != 0) | (np.diff(s) != 0)])[: len(s)]
        weight = np.add.reduceat(weight, np.flatnonzero(new)) if len(s) else weight
        return SumRule(s[new], weight, Segments.of_counts(np.bincount(where[new], minlength=len(segments))))


Nodes = tuple[Integers, Floats, Floats]


def _one_by_one(counts: Floats, group: Integers) -> Nodes:
    each = Segments.of_counts(np.minimum(counts, _SINGLY).astype(np.int64))
    s = np.arange(each.offsets[-1]) - each.spread(each.offsets[:-1])
    return np.repeat(group, each.counts), s, np.ones(len(s))


def _stretch(counts: Floats, group: Integers, edge: int) -> Nodes:
    """The nodes from `edge` to below twice that, or to below the count."""
    longer = counts > edge
    lengths, kind = np.unique(np.minimum(counts[longer], 2 * edge) - edge, return_inverse=True)
    nodes, weights = _gram(lengths)
    where = np.repeat(group[longer], _NODES)
    s, weight = (edge + nodes[kind]).ravel(), weights[kind].ravel()
    used = weight != 0
    return where[used], s[used], weight[used]


def _gram(lengths: Floats) -> tuple[Floats, Floats]:
    """Gauss nodes and weights for sums over 0, 1, ..., N - 1, shape (lengths, nodes).

    Eigenvalues of the Jacobi matrix, whose off-diagonal squares are k^2 (N^2 - k^2) / (4 (4 k^2 - 1))
    (Golub & Welsch 1969; Gram's polynomials). With no more points than nodes, the points themselves.
    """
    points = lengths[:, None]
    k = np.arange(1, _NODES)
    squares = k**2 * np.maximum(points**2 - k**2, 0.0) / (4.0 * (4 * k**2 - 1))
    matrices = np.zeros((len(lengths), _NODES, _NODES))
    matrices[:, k - 1, k] = matrices[:, k, k - 1] = np.sqrt(squares)
    values, vectors = np.linalg.eigh(matrices)
    nodes, weights = values + (points - 1) / 2, points * vectors[:, 0, :] ** 2
    few = points <= _NODES
    direct = np.arange(_NODES)[None, :]
    nodes = np.where(few, direct, nodes)
    return nodes, np.where(few, (direct < points).astype(np.float64), weights)
