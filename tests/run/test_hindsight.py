"""Frames that wait for later ones: in order, all of them, with what the later ones tell, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from fervid.core.emotions import FER2013
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, Frame, FrameReading
from fervid.detect.search import EveryFrame
from fervid.run.analyser import Analyser
from fervid.run.hindsight import Hindsight, Result, look_back
from fervid.smooth.bayes import Bayes
from fervid.testing import FakeDetector, FakeEngine
from fervid.track.tracker import MotionTracker

CLASSES = len(FER2013)
PIXEL = np.zeros((1, 1, 3), np.uint8)


def predictions(count: int, seed: int = 0) -> NDArray[np.float32]:
    """Noisy probabilities, (count, classes), of a face that changes its expression every second."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(count, CLASSES))
    logits[np.arange(count), np.arange(count) // 30 % CLASSES] += 2
    found = np.exp(logits)
    return (found / found.sum(1, keepdims=True)).astype(np.float32)


def results(raw: NDArray[np.float32], smoother: Bayes, *, faces: int = 1, every: int = 1) -> Iterator[Result]:
    """Frames of 30 a second with these faces; those between every Nth frame are not analysed."""
    reading = FrameReading(0, 0.0, ())
    for index, each in enumerate(raw):
        frame = Frame(PIXEL, index, index, Fraction(1, 30))
        if index % every:
            yield frame, replace(reading, index=index, time=frame.time, analysed=False)
            continue
        found = tuple(
            FaceReading(index, frame.time, number, Box(0, 0, 1, 1), 1.0, FER2013, smoothed, row)
            for number in range(1, faces + 1)
            for row in [np.roll(each, number)]
            for smoothed in [smoother.smooth(number, frame.time, row)]
        )
        reading = FrameReading(index, frame.time, found)
        yield frame, reading


def whole_clip(raw: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probabilities of face 1 by one pass forward and one backward over all frames."""
    smoother, times = Bayes(FER2013, 0.3), [float(Fraction(index, 30)) for index in range(len(raw))]
    rows = [np.roll(each, 1) for each in raw]
    smoothed = [smoother.smooth(1, time, row) for time, row in zip(times, rows, strict=True)]
    return np.array(smoother.revise(times, smoothed, rows))


def test_readings_are_those_of_a_pass_over_the_whole_clip() -> None:
    raw = predictions(400)
    smoother = Bayes(FER2013, 0.3)
    revised = np.array(
        [reading.faces[0].probabilities for _, reading in look_back(results(raw, smoother), smoother, 0)]
    )
    assert np.abs(revised - whole_clip(raw)).max() < 0.002
    assert (revised.argmax(1) == whole_clip(raw).argmax(1)).all()


def test_every_frame_comes_once_and_in_order_with_its_faces() -> None:
    smoother = Bayes(FER2013, 0.3)
    found = list(look_back(results(predictions(200), smoother, faces=3), smoother, 0.0))
    assert [frame.index for frame, _ in found] == list(range(200))
    assert all(frame.index == reading.index for frame, reading in found)
    assert all([face.face_id for face in reading.faces] == [1, 2, 3] for _, reading in found)


def test_frames_that_are_passed_over_repeat_the_revised_reading() -> None:
    smoother = Bayes(FER2013, 0.3)
    found = list(look_back(results(predictions(120), smoother, every=5), smoother, 0.0))
    for (_, analysed), (_, skipped) in zip(found[::5], found[4::5], strict=True):
        assert not skipped.analysed
        assert skipped.faces[0].probabilities.tolist() == analysed.faces[0].probabilities.tolist()


def test_a_frame_waits_for_two_seconds_and_a_little_more() -> None:
    smoother = Bayes(FER2013, 0.3)
    hindsight = Hindsight(smoother, 0.0)
    waiting, most = 0, 0
    for frame, reading in results(predictions(600), smoother):
        waiting += 1 - len(list(hindsight.add(frame, reading)))
        most = max(most, waiting)
    assert 60 <= most <= 76


def test_large_frames_wait_for_as_many_as_memory_holds() -> None:
    smoother = Bayes(FER2013, 0.3)
    hindsight = Hindsight(smoother, 0.0, most_bytes=1_000_000)
    large = np.zeros((100, 200, 3), np.uint8)
    waiting, order = 0, []
    for frame, reading in results(predictions(100), smoother):
        released = [done.index for done, _ in hindsight.add(replace(frame, content=large), reading)]
        order += released
        waiting += 1 - len(released)
        assert waiting * 200 * 100 * 4.5 <= 1_000_000
    assert waiting > 5
    assert order + [done.index for done, _ in hindsight.flush()] == list(range(100))


def test_a_revised_reading_is_certain_where_the_revised_probability_is() -> None:
    smoother = Bayes(FER2013, 0.3)
    found = [reading.faces[0] for _, reading in look_back(results(predictions(90), smoother), smoother, 0.8)]
    assert {face.certain for face in found} == {True, False}
    assert all(face.certain == (face.confidence >= 0.8) for face in found)


def test_an_error_comes_after_the_frames_before_it() -> None:
    smoother = Bayes(FER2013, 0.3)

    def failing() -> Iterator[Result]:
        yield from results(predictions(10), smoother)
        raise OSError("torn cable")

    seen: list[int] = []
    revised = look_back(failing(), smoother, 0.0)
    with pytest.raises(OSError, match="torn cable"):
        seen.extend(iter(lambda: next(revised)[0].index, None))
    assert seen == list(range(10))


@pytest.mark.parametrize("hindsight", [False, True])
def test_a_frame_waits_for_others_in_files_and_never_live(hindsight: bool) -> None:
    taken: list[int] = []

    def frames() -> Iterator[Frame]:
        for index in range(100):
            taken.append(index)
            yield Frame(np.zeros((90, 160, 3), np.uint8), index, index, Fraction(1, 30))

    engine = FakeEngine("sad")
    smoother = Bayes(engine.manifest.classes, 0.3)
    analyser = Analyser(EveryFrame(FakeDetector()), MotionTracker(), engine, smoother, hindsight=hindsight)
    found = analyser.read(analyser.find(frames()))
    first = next(found)[1]
    assert len(taken) == (76 if hindsight else 1)
    later = list(found)
    assert [reading.index for _, reading in later] == list(range(1, 100))
    assert first.faces[0].emotion == "sad"
