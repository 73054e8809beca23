"""Groups are compared with intervals, by person where people are known, and not at all if they are too small."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fervid.errors import DataError
from fervid.evaluation.fairness import MOST_GROUPS, Comparison
from fervid.evaluation.group_comparison import SMALLEST_PEOPLE, compare_groups, wilson_interval

CLASSES = ("happy", "sad")


def comparison(correct: dict[str, list[bool]], confidence: float = 0.8, **options: Any) -> Comparison:
    """Compare groups whose faces, happy and sad in turn, are classified correctly or not as listed."""
    groups = np.array([name for name, each in correct.items() for _ in each], np.str_)
    right = np.concatenate([np.array(each, bool) for each in correct.values()])
    labels = np.concatenate([np.arange(len(each)) % 2 for each in correct.values()])
    predictions = np.where(right, labels, 1 - labels)
    probabilities = np.full((len(labels), 2), 1 - confidence, np.float32)
    probabilities[np.arange(len(labels)), predictions] = confidence
    options = {"resamples": 300} | options
    return compare_groups("age", groups, probabilities, labels, CLASSES, (0, 1), **options)


def share(right: int, faces: int) -> list[bool]:
    """Return faces of which so many are classified correctly, happy and sad ones alike."""
    return [place < right for place in range(faces)]


def test_wilson_intervals_are_those_of_the_literature() -> None:
    """Newcombe 1998 (Statistics in Medicine 17), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for right, faces, ends in [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ]:
        assert wilson_interval(right / faces, faces) == pytest.approx(ends, abs=1e-4)


def test_a_group_that_is_classified_worse_is_named() -> None:
    found = comparison({"young": share(180, 200), "old": share(120, 200), "middle": share(170, 200)})
    assert [group.name for group in found.groups] == ["middle", "old", "young"]
    accuracy, calibration, *recalls = found.gaps
    assert (accuracy.measure, accuracy.lowest, accuracy.highest) == ("accuracy", "old", "young")
    assert accuracy.values == (0.6, 0.9)
    assert accuracy.difference.value == pytest.approx(0.3)
    assert accuracy.is_clear
    assert accuracy.difference.low == pytest.approx(0.3 - 2.4 * (0.24 / 200 + 0.09 / 200) ** 0.5, abs=0.03)
    assert (calibration.measure, calibration.lowest, calibration.highest) == ("calibration error", "middle", "old")
    assert [gap.measure for gap in recalls] == ["recall of happy", "recall of sad"]


def test_the_metrics_of_a_group_are_those_of_its_faces_alone() -> None:
    found = comparison({"a": share(30, 60), "b": share(60, 60)}, smallest=30)
    group = found.groups[0]
    assert (group.faces, group.people, group.support) == (60, None, (30, 30))
    assert group.accuracy is not None
    assert (group.accuracy.value, group.accuracy.low, group.accuracy.high) == (0.5, *wilson_interval(0.5, 60))
    assert group.calibration_error is not None
    assert group.calibration_error.value == pytest.approx(0.3, abs=1e-6)
    assert [recall and recall.value for recall in group.recalls] == [0.5, 0.5]


def test_random_groups_rarely_differ_clearly_however_many_there_are() -> None:
    """The largest of many gaps is large by chance, which its interval must account for."""
    random = np.random.default_rng(4)
    runs = [{f"group {n}": (random.random(80) < 0.7).tolist() for n in range(6)} for _ in range(40)]
    clear = [comparison(run, resamples=200).gaps[0].is_clear for run in runs]
    assert sum(clear) <= 5, "95 % of the intervals hold the true gap of 0"


def test_faces_of_the_same_people_say_less_than_faces_of_many() -> None:
    """Twelve people, each classified alike in all of ten pictures, are twelve observations and not 120."""
    right = {"a": [place // 10 % 2 == 0 for place in range(120)], "b": [place // 10 % 3 > 0 for place in range(120)]}
    people = np.array([f"person {place // 10}" for place in range(240)])
    by_face, by_person = comparison(right).gaps[0].difference, comparison(right, people=people).gaps[0].difference
    assert by_person.value == by_face.value
    assert by_person.high - by_person.low > 2.5 * (by_face.high - by_face.low)
    (accuracy,) = {group.accuracy for group in comparison(right, people=people).groups if group.name == "a"}
    assert accuracy is not None
    assert (accuracy.low, accuracy.high) == pytest.approx(wilson_interval(0.5, 12, 12), abs=0.04)


def test_people_who_are_in_both_groups_are_compared_with_themselves() -> None:
    """Two cameras film the same people, who differ far more than the cameras do."""
    of_person = [place // 10 % 2 == 0 for place in range(200)]
    second = [right and place % 10 > 0 for place, right in enumerate(of_person)]
    people = np.array([f"person {place // 10}" for place in [*range(200), *range(200)]])
    paired = comparison({"first": of_person, "second": second}, people=people).gaps[0]
    assert paired.difference.value == pytest.approx(0.05)
    assert paired.is_clear


def test_small_groups_are_named_and_not_judged() -> None:
    found = comparison({"many": share(40, 60), "few": share(5, 29), "none": [], "some": share(20, 30)})
    assert [group.name for group in found.judged] == ["many", "some"]
    assert [(group.name, group.faces, group.accuracy) for group in found.too_small] == [("few", 29, None)]
    assert {gap.lowest for gap in found.gaps} | {gap.highest for gap in found.gaps} <= {"many", "some"}
    many, some = found.judged
    assert None not in many.recalls
    assert some.recalls == (None, None), "15 faces of each class are too few"
    assert [gap.measure for gap in found.gaps] == ["accuracy", "calibration error"]


def test_a_group_of_few_people_is_too_small_however_many_pictures_show_them() -> None:
    people = np.array([f"{place // 500}-{place % (SMALLEST_PEOPLE - place // 500)}" for place in range(1000)])
    found = comparison({"a": share(400, 500), "b": share(400, 500)}, people=people)
    assert [(group.name, group.people) for group in found.judged] == [("a", SMALLEST_PEOPLE)]
    assert [(group.name, group.people) for group in found.too_small] == [("b", SMALLEST_PEOPLE - 1)]
    assert found.gaps == ()


def test_faces_without_a_group_are_left_out_and_counted() -> None:
    found = comparison({"a": share(40, 60), "": share(0, 60), "b": share(50, 60)})
    assert (found.ungrouped, [group.name for group in found.groups]) == (60, ["a", "b"])


def test_groups_without_a_mistake_may_still_make_some() -> None:
    found = comparison({"a": share(100, 100), "b": share(100, 100)})
    gap = found.gaps[0].difference
    assert (gap.value, gap.low, gap.high) == pytest.approx((0, -0.03, 0.03), abs=0.01)
    assert found.groups[0].accuracy is not None
    assert found.groups[0].accuracy.low == pytest.approx(0.963, abs=1e-3)


def test_a_column_of_numbers_is_no_column_of_groups() -> None:
    with pytest.raises(DataError, match=r"'age' divides the faces into 51 groups; use at most 50, such as 18-29"):
        comparison({f"{age}": [True] for age in range(MOST_GROUPS + 1)} | {"": [True]})


def test_an_empty_column_has_no_groups() -> None:
    with pytest.raises(DataError, match=r"'age' is empty for all faces; fill it in, or choose another column or --spl"):
        comparison({"": [True]})


@settings(max_examples=25)
@given(st.lists(st.lists(st.booleans(), min_size=30, max_size=50), min_size=2, max_size=4), st.booleans())
def test_intervals_hold_their_figures(correct: list[list[bool]], is_by_person: bool) -> None:
    people = np.array([f"{place % 30}" for each in correct for place in range(len(each))]) if is_by_person else None
    found = comparison({f"{n}": each for n, each in enumerate(correct)}, people=people, resamples=100, smallest=15)
    for group, each in zip(found.groups, correct, strict=True):
        assert group.accuracy is not None
        assert group.accuracy.value == pytest.approx(np.mean(each))
        for estimate in (group.accuracy, *group.recalls):
            assert estimate is None or 0 <= estimate.low <= estimate.value + 1e-9 <= estimate.high + 2e-9 <= 1 + 2e-9
        assert group.calibration_error is not None
        assert 0 <= group.calibration_error.low <= group.calibration_error.high <= 1
    for gap in found.gaps:
        assert gap.difference.value == pytest.approx(gap.values[1] - gap.values[0])
        assert gap.difference.low < gap.difference.high
    assert found == comparison(
        {f"{n}": each for n, each in enumerate(correct)}, people=people, resamples=100, smallest=15
    ), "the random numbers are seeded"
