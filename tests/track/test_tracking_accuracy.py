"""The tracker keeps to the figures that docs/detection.md states, on a part of the crowds behind them."""

from __future__ import annotations

import motmetrics
import pytest

from benchmarks.tracking import score_drawn, score_simulated


def scores(*clips: motmetrics.MOTAccumulator) -> tuple[float, int]:
    """Return IDF1 and the identity switches of some clips together."""
    names = ["idf1", "num_switches"]
    table = motmetrics.metrics.create().compute_many(clips, metrics=names, generate_overall=True)
    idf1, switches = table.loc["OVERALL"]
    return float(idf1), int(switches)


@pytest.mark.parametrize("scene", ["crossing, equal", "occlusion", "cuts", "leaving"])
def test_faces_of_a_simulated_crowd_keep_their_identities(scene: str) -> None:
    idf1, switches = scores(*(score_simulated(scene, 10, seed) for seed in (1, 2)))
    assert idf1 >= 0.98
    assert switches == 0


def test_two_people_in_a_drawn_video_who_look_the_same_keep_their_identities(assets: object) -> None:
    idf1, switches = scores(score_drawn("crossing, equal", 10, 1001, 1.0))
    assert idf1 >= 0.95
    assert switches == 0
