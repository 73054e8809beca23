"""Defaults, bounds and choices stand in one table; `Settings` and the commands agree with it."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fervid import detect, smooth
from fervid.cli.annotate import annotate
from fervid.cli.live import live
from fervid.cli.photo import photo
from fervid.cli.snapshot import snapshot
from fervid.cli.timeline import timeline
from fervid.core.timecodes import Timecode
from fervid.engines import backends
from fervid.engines.choice import FASTEST_FIRST
from fervid.errors import UsageError
from fervid.run.option_flags import flag, with_flags
from fervid.settings import OPTIONS, Group, Option, Settings

BOUNDED = [option for option in OPTIONS.values() if option.bounds is not None]
CHOSEN = [option for option in OPTIONS.values() if option.choices]
TIMES = ("start", "end")


def by_name(option: Option) -> str:
    return option.name


def values(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in OPTIONS}


def kept(name: str, value: Any) -> Any:
    """The value that a `Settings` made with it holds."""
    return getattr(Settings(**{name: value}), name)


def refusal(**options: Any) -> UsageError:
    with pytest.raises(UsageError) as caught:
        Settings(**options)
    return caught.value


def test_the_defaults_are_accepted_unchanged() -> None:
    assert values(Settings()) == {name: option.default for name, option in OPTIONS.items()}


@pytest.mark.parametrize("option", BOUNDED, ids=by_name)
def test_bounds_are_allowed_and_what_lies_beyond_them_is_refused(option: Option) -> None:
    assert option.bounds is not None
    low, high = option.bounds
    for value in (low, high):
        assert kept(option.name, value) == value
    for value in (low - 1, high + 1, math.nan, math.inf, 10**400):
        assert str(refusal(**{option.name: value})).startswith(f"{option.name} takes ")


@pytest.mark.parametrize("option", CHOSEN, ids=by_name)
def test_an_unknown_choice_is_refused_and_the_known_ones_are_named(option: Option) -> None:
    for choice in option.choices:
        assert kept(option.name, choice) == choice
    assert str(refusal(**{option.name: "something"})) == (
        f"{option.name} takes one of {', '.join(option.choices)}, not 'something'"
    )


def test_a_misspelt_choice_is_answered_with_the_right_one() -> None:
    assert str(refusal(detector="har")).endswith("not 'har'; did you mean haar?")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": 2.5}, "every takes a whole number from 1 to 100000, not 2.5"),
        ({"every": "2"}, "every takes a whole number from 1 to 100000, not '2'"),
        ({"every": True}, "every takes a whole number from 1 to 100000, not True"),
        ({"every": None}, "every takes a whole number from 1 to 100000, not None"),
        ({"eyes": "no"}, "eyes takes True or False, not 'no'"),
        ({"eyes": 1}, "eyes takes True or False, not 1"),
        ({"min_score": "high"}, "min_score takes a number from 0 to 1, not 'high'"),
        ({"min_score": math.nan}, "min_score takes a number from 0 to 1, not nan"),
        ({"min_score": 1.5}, "min_score takes a number from 0 to 1, not 1.5"),
        ({"min_score": False}, "min_score takes a number from 0 to 1, not False"),
        ({"smoothing_time": 0}, "smoothing_time takes a number from 0.001 to 60, not 0"),
        ({"engine": 3}, "engine takes a name or a path, not 3"),
        ({"engine": ""}, "engine takes a name or a path, not ''"),
        ({"detector_model": 3}, "detector_model takes a path, not 3"),
        ({"detector_model": b"m.tflite"}, "detector_model takes a path, not b'm.tflite'"),
        ({"device": ["cpu"]}, "device takes one of auto, cpu, cuda, not ['cpu']"),
        ({"start": "soon"}, "start takes seconds, hh:mm:ss.sss, or a frame as 120f, not 'soon'"),
        ({"start": -1}, "start takes seconds, hh:mm:ss.sss, or a frame as 120f, not -1"),
        ({"end": math.inf}, "end takes seconds, hh:mm:ss.sss, or a frame as 120f, not inf"),
        ({"end": True}, "end takes seconds, hh:mm:ss.sss, or a frame as 120f, not True"),
        ({"evrey": 2}, "there is no option evrey; did you mean every?"),
        ({"xyz": 2}, f"there is no option xyz; the options are {', '.join(OPTIONS)}"),
    ],
)
def test_a_wrong_value_or_name_is_one_line_that_says_what_is_right(options: dict[str, Any], message: str) -> None:
    assert str(refusal(**options)) == message


def test_replace_checks_as_the_constructor_does() -> None:
    assert Settings(every=2).replace(every=np.int64(3)) == Settings(every=3)
    with pytest.raises(UsageError, match="every takes"):
        Settings().replace(every=0)
    with pytest.raises(UsageError, match="did you mean every"):
        Settings().replace(evry=2)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("min_score", 1, 1.0),
        ("min_score", np.float32(0.5), 0.5),
        ("min_score", Fraction(1, 4), 0.25),
        ("every", np.uint8(2), 2),
        ("eyes", np.bool_(True), True),
        ("engine", np.str_("emotionnet"), "emotionnet"),
        ("engine", Path("runs") / "mine", str(Path("runs") / "mine")),
        ("detector_model", "mine.tflite", Path("mine.tflite")),
        ("start", 1e-5, Timecode(seconds=1e-5)),
        ("start", 90, Timecode(seconds=90.0)),
        ("start", np.float64(0.5), Timecode(seconds=0.5)),
        ("start", Fraction(1, 4), Timecode(seconds=0.25)),
        ("start", "1:30", Timecode(seconds=90.0)),
        ("end", "120f", Timecode(frame=120)),
        ("end", Timecode(frame=120), Timecode(frame=120)),
    ],
)
def test_a_value_is_kept_as_the_type_of_its_field(name: str, given: Any, expected: Any) -> None:
    assert kept(name, given) == expected
    assert type(kept(name, given)) is type(expected)


ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.complex_numbers()
    | st.fractions()
    | st.decimals()
    | st.lists(st.integers(), max_size=3)
    | st.sampled_from([object(), int, np.arange(3), np.datetime64("2026-01-01"), np.int8(1), np.float16(0.5)])
)


@given(name=st.sampled_from(sorted(OPTIONS)), value=ANYTHING)
@example(name="engine", value="\n" * 300)
def test_a_value_is_accepted_as_the_right_type_or_refused_in_one_line(name: str, value: Any) -> None:
    option = OPTIONS[name]
    try:
        accepted = kept(name, value)
    except UsageError as error:
        message = str(error)
    else:
        message = ""
    if message:
        assert message.startswith(f"{name} takes {option.takes}, not ")
        assert "\n" not in message
        assert len(message) < 300
        return
    assert isinstance(accepted, option.kind) or (accepted is None and option.default is None)
    assert kept(name, accepted) == accepted
    if option.bounds is not None and accepted is not None:
        assert option.bounds[0] <= accepted <= option.bounds[1]
    if option.choices:
        assert accepted in option.choices or (option.also is not None and option.also(accepted))


@given(st.sampled_from(BOUNDED), st.data())
def test_every_number_within_bounds_is_accepted_by_value(option: Option, data: st.DataObject) -> None:
    assert option.bounds is not None
    low, high = option.bounds
    number = data.draw(st.integers(int(low), int(high)) if option.kind is int else st.floats(low, high))
    wrapped = (np.int64 if option.kind is int else np.float64)(number)
    for value in (number, wrapped):
        assert kept(option.name, value) == number
        assert type(kept(option.name, value)) is option.kind


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_end_must_come_after_start(start: float, end: float) -> None:
    if start < end:
        assert Settings(start=start, end=end).end == Timecode(seconds=end)  # type: ignore[arg-type]
    else:
        assert str(refusal(start=start, end=end)) == "end must come after start"


@pytest.mark.parametrize(("start", "end"), [("2", "1"), ("00:00:05", "5"), ("30f", "30f")])
def test_the_command_line_names_its_own_options(start: str, end: str) -> None:
    error = refusal(start=start, end=end)
    assert with_flags(error) == "--end must come after --start"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert with_flags(refusal(min_score=math.nan)) == "--min-score takes a number from 0 to 1, not nan"


def test_a_frame_and_a_time_are_not_compared() -> None:
    settings = Settings(start=Timecode.parse("100f"), end=Timecode.parse("1"))
    assert (settings.start, settings.end) == (Timecode(frame=100), Timecode(seconds=1.0))


def test_settings_can_be_copied_and_sent_to_another_process() -> None:
    settings = Settings(every=2, start=Timecode(frame=3), detector_model=Path("m.tflite"))
    assert copy.copy(settings) == copy.deepcopy(settings) == pickle.loads(pickle.dumps(settings)) == settings


def test_the_choices_are_what_the_registries_hold() -> None:
    assert OPTIONS["detector"].choices == ("auto", *detect.DETECTORS.names)
    assert OPTIONS["smoothing"].choices == smooth.SMOOTHERS.names
    assert OPTIONS["backend"].choices == ("auto", *backends.NAMES)
    assert {name for name, _ in FASTEST_FIRST} == set(backends.NAMES)
    assert {device for _, device in FASTEST_FIRST} == set(backends.DEVICES)


GROUPS: Mapping[Any, set[Group]] = {
    timeline: set(Group) - {Group.OUTPUT},
    annotate: set(Group),
    live: set(Group) - {Group.BATCH, Group.SEQUENCE},
    photo: set(Group) - {Group.BATCH, Group.VIDEO, Group.SEQUENCE, Group.TIME},
    snapshot: set(Group) - {Group.BATCH, Group.SEQUENCE, Group.TIME},
}


@pytest.mark.parametrize("command", GROUPS, ids=lambda command: command.name)
def test_a_command_has_the_options_of_its_groups(command: Any) -> None:
    own = {name for name, option in OPTIONS.items() if option.group in GROUPS[command]}
    assert own == {parameter.name for parameter in command.params} & OPTIONS.keys()


@pytest.mark.parametrize("command", GROUPS, ids=lambda command: command.name)
def test_an_option_of_a_command_is_that_of_the_table(command: Any) -> None:
    parameters = {parameter.name: parameter for parameter in command.params if parameter.name in OPTIONS}
    for name, parameter in parameters.items():
        option = OPTIONS[name]
        assert parameter.opts == [flag(name)]
        assert parameter.secondary_opts == ([flag(f"no_{name}")] if option.kind is bool and option.in_files else [])
        assert parameter.default == option.default
        assert parameter.help == f"{option.help}."
        if option.bounds is not None:
            assert (parameter.type.min, parameter.type.max) == option.bounds
        if option.choices:
            assert tuple(parameter.type.choices) == option.choices


def test_every_time_option_is_text_a_number_or_a_time_code() -> None:
    assert {name for name, option in OPTIONS.items() if option.kind is Timecode} == set(TIMES)


@pytest.mark.parametrize(
    ("device", "accepted"), [("cuda:0", True), ("cuda:12", True), ("cuda:", False), ("cpu:1", False)]
)
def test_a_device_may_name_one_of_several_gpus(device: str, accepted: bool) -> None:
    if accepted:
        assert Settings(device=device).device == device
    else:
        assert str(refusal(device=device)).startswith("device takes one of auto, cpu, cuda, not ")
