"""Assignment at the least total cost."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from fervid.track.assignment import assign


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (2, 2), (3, 5), (5, 3)])
def test_the_total_cost_is_the_least(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        costs = random.random(shape)
        pairs = assign(costs)
        assert len(pairs) == min(shape)
        assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == min(shape)
        expected = costs[linear_sum_assignment(costs)].sum()
        assert sum(costs[row, column] for row, column in pairs) == pytest.approx(expected)
