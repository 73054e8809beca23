"""Assignment of detections to tracks at the least total cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def assign(costs: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the rows and columns that belong together, so that their costs have the least sum.

    Args:
        costs: (rows, columns), finite, not empty. Each row gets one column at most, and each column one row.
    """
    if 1 in costs.shape:
        # To import SciPy takes longer than all other packages of an analysis, and most videos show a single face.
        row, column = np.unravel_index(int(costs.argmin()), costs.shape)
        return [(int(row), int(column))]
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(costs)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))
