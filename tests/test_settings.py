"""Defaults, bounds and choices stand in one table, and everything that depends on it agrees."""

from __future__ import annotations

import dataclasses

import pytest

from fervid import detect, smooth
from fervid.cli.annotate import annotate
from fervid.cli.photo import photo
from fervid.cli.timeline import timeline
from fervid.core.timecodes import Timecode
from fervid.errors import UsageError
from fervid.settings import Settings, default_of, option_of

NAMES = [field.name for field in dataclasses.fields(Settings)]


def test_the_defaults_are_within_their_bounds() -> None:
    assert dataclasses.asdict(Settings()) == {name: default_of(name) for name in NAMES}


@pytest.mark.parametrize("name", [name for name in NAMES if option_of(name).low is not None])
def test_values_out_of_bounds_are_refused(name: str) -> None:
    option = option_of(name)
    for value in (option.low, option.high):
        assert getattr(Settings(**{name: value}), name) == value
    for value in (option.low - 1, option.high + 1, float("nan")):
        with pytest.raises(UsageError, match=f"{name}="):
            Settings(**{name: value})


@pytest.mark.parametrize("name", [name for name in NAMES if option_of(name).choices])
def test_unknown_choices_are_refused_and_the_known_ones_named(name: str) -> None:
    with pytest.raises(UsageError, match=", ".join(option_of(name).choices)):
        Settings(**{name: "something"})


@pytest.mark.parametrize(("start", "end"), [("2", "1"), ("00:00:05", "5"), ("30f", "30f")])
def test_an_end_before_the_start_is_refused(start: str, end: str) -> None:
    with pytest.raises(UsageError, match="end does not come after start"):
        Settings(start=Timecode.parse(start), end=Timecode.parse(end))


def test_a_frame_and_a_time_are_not_compared() -> None:
    assert Settings(start=Timecode.parse("100f"), end=Timecode.parse("1")).start == Timecode(frame=100)


def test_the_choices_are_what_there_is() -> None:
    assert set(option_of("detector").choices) == set(detect.DETECTORS)
    assert set(option_of("smoothing").choices) == set(smooth.SMOOTHERS)


OF_TIME = {"batch", "every", "smoothing", "smoothing_time", "start", "end"}


@pytest.mark.parametrize(("command", "lacks"), [(timeline, {"blur"}), (annotate, set()), (photo, OF_TIME)])
def test_the_commands_have_every_option_that_makes_sense(command: object, lacks: set[str]) -> None:
    options = {parameter.name for parameter in command.params}  # type: ignore[attr-defined]
    assert set(NAMES) - options == lacks


@pytest.mark.parametrize("command", [timeline, annotate])
def test_the_commands_have_the_options_with_their_defaults(command: object) -> None:
    options = {parameter.name: parameter for parameter in command.params}  # type: ignore[attr-defined]
    for name in options.keys() & set(NAMES):
        assert options[name].default == default_of(name) or default_of(name) is None
        assert option_of(name).help in options[name].help
