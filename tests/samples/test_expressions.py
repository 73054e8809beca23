"""The eight expressions of drawn faces, and blends of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.emotions import FERPLUS
from samples.expressions import EXPRESSIONS, blend

names = st.sampled_from(sorted(EXPRESSIONS))


def test_expressions_have_the_names_that_networks_use() -> None:
    assert set(EXPRESSIONS) == set(FERPLUS)


@given(names, st.floats(0.01, 100))
def test_a_single_expression_is_unchanged_at_any_weight(name: str, weight: float) -> None:
    features = dataclasses.astuple(blend({name: weight}))
    np.testing.assert_allclose(features, dataclasses.astuple(EXPRESSIONS[name]))


@given(names, names, st.floats(0, 1))
def test_a_blend_lies_between_its_parts(one: str, other: str, share: float) -> None:
    between = dataclasses.astuple(blend({one: 1 - share} | {other: share if one != other else 1.0}))
    ends = [dataclasses.astuple(EXPRESSIONS[name]) for name in (one, other)]
    assert np.all(between >= np.min(ends, axis=0) - 1e-9)
    assert np.all(between <= np.max(ends, axis=0) + 1e-9)


def test_an_unknown_expression_is_named() -> None:
    with pytest.raises(ValueError, match="unknown expression bored; choose from neutral, happy"):
        blend({"happy": 0.5, "bored": 0.5})


def test_weights_that_sum_to_nothing_are_an_error() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        blend({"happy": 0.0})
