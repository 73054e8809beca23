"""Assignment of detections to tracks at the least total cost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product


def assign(costs: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Return the rows and columns that belong together, so that their costs have the least sum.

    Args:
        costs: (rows, columns), finite, not empty. Each row gets one column at most, and each column one row.
    """
    rows, columns = range(len(costs)), range(len(costs[0]))
    if 1 in (len(rows), len(columns)):
        # To import SciPy takes longer than all other packages of an analysis, and most videos show a single face.
        return [min(product(rows, columns), key=lambda pair: costs[pair[0]][pair[1]])]
    from scipy.optimize import linear_sum_assignment

    found = linear_sum_assignment(costs)
    return list(zip(found[0].tolist(), found[1].tolist(), strict=True))
