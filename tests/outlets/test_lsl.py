"""Streams of the Lab Streaming Layer as pylsl's inlets receive them, over the network of this machine."""

from __future__ import annotations

import ctypes
import math
import sys
from dataclasses import replace

import pytest
from outlet_cases import ORIGIN, frame, reading
from support.drawn_timelines import CLASSES, face
from support.lsl_network import LslNetwork, received

from fervid.core.markers import Marker
from fervid.errors import MissingPackageError
from fervid.outlets.lsl import EVENTS, READINGS, LabStreams

pytestmark = pytest.mark.lsl

WIDTH = len(CLASSES) + 2


def test_both_streams_have_the_times_and_the_values_of_the_frames(lsl_network: LslNetwork) -> None:
    outlet = LabStreams(2).open(ORIGIN)
    readings, events = lsl_network.inlet(READINGS), lsl_network.inlet(EVENTS)
    begin = lsl_network.now()
    shown = [
        reading(0, 4.0, face(0, 4.0, "happy", probability=0.83)),
        reading(1, 4.033, face(1, 4.033, "happy"), face(1, 4.033, "sad", face_id=5)),
        reading(2, 4.066, face(2, 4.066, "sad"), face(2, 4.066, "sad", face_id=5, certain=False)),
        reading(3, 4.100, face(3, 4.100, "fear", face_id=5), analysed=False),
        reading(4, 4.133),
        reading(5, 5.500, face(5, 5.500, "happy", face_id=6)),
    ]
    delays = [0.004, 0.020, 0.001, 0.0, 0.030, 0.002]
    for each, delay in zip(shown, delays, strict=True):
        outlet.send(frame(each.index, each.time), each, begin - 4.0 + each.time + delay)

    samples = received(readings, 5)
    analysed = [each for each in shown if each.analysed]
    # The first two frames had larger delays than the third, from which on the offset stays.
    expected = [begin + 0.004, begin + 0.037, *(begin + each.time - 4.0 + 0.001 for each in analysed[2:])]
    assert [when for _, when in samples] == pytest.approx(expected, abs=0.0005)
    for (values, _), each in zip(samples, analysed, strict=True):
        by_id = {one.face_id: one for one in each.faces}
        for slot, face_id in enumerate((6 if each.index == 5 else 1, 5)):
            got = values[slot * WIDTH : (slot + 1) * WIDTH]
            if face_id in by_id:
                one = by_id[face_id]
                assert got == pytest.approx([*one.probabilities, one.quality, face_id])
            else:
                assert all(map(math.isnan, got))

    happened = received(events, 7)
    assert [text for (text,), _ in happened] == [
        "face/1/happy",
        "face/5/sad",
        "face/1/sad",
        "face/5/uncertain",
        "face/1/left",
        "face/5/left",
        "face/6/happy",
    ]
    frames = [0, 1, 2, 2, 4, 4, 4]
    assert [when for _, when in happened] == [samples[number][1] for number in frames]
    outlet.close()


def test_the_metadata_say_what_the_channels_are_and_not_where_the_frames_come_from(lsl_network: LslNetwork) -> None:
    outlet = LabStreams(2).open(ORIGIN)
    info = lsl_network.inlet(READINGS).info()
    assert (info.name(), info.type(), info.channel_count()) == ("fervid", "Emotion", 2 * WIDTH)
    assert info.nominal_srate() == lsl_network.pylsl.IRREGULAR_RATE
    assert info.channel_format() == lsl_network.pylsl.cf_float32
    assert info.get_channel_labels()[:2] == ["face1_angry", "face1_disgust"]
    assert info.get_channel_labels()[WIDTH - 2 :][:3] == ["face1_quality", "face1_id", "face2_angry"]
    assert info.get_channel_units()[WIDTH - 3 : WIDTH] == ["probability", "ratio", "number"]
    assert info.get_channel_types()[WIDTH - 3 : WIDTH] == ["Emotion", "Quality", "Identity"]
    facts = info.desc()
    assert facts.child_value("manufacturer") == "fervid"
    assert facts.child_value("engine") == ORIGIN.engine
    assert facts.child_value("classes") == " ".join(CLASSES)
    assert "patient" not in info.as_xml()
    events = lsl_network.inlet(EVENTS).info()
    assert (events.type(), events.channel_format()) == ("Markers", lsl_network.pylsl.cf_string)
    assert "patient" not in events.as_xml()
    outlet.close()


def test_a_marker_is_an_event_with_its_name_at_its_time(lsl_network: LslNetwork) -> None:
    outlet = LabStreams(1).open(ORIGIN)
    events = lsl_network.inlet(EVENTS)
    begin = lsl_network.now()
    outlet.send(frame(0, 4.0), reading(0, 4.0), begin)
    outlet.mark(Marker(1, 4.25, "stimulus 3"))
    (((text,), when),) = received(events, 1)
    assert (text, when) == ("marker/stimulus 3", pytest.approx(begin + 0.25, abs=0.001))
    outlet.close()


def test_at_the_end_all_faces_have_left(lsl_network: LslNetwork) -> None:
    outlet = LabStreams(1).open(ORIGIN)
    events = lsl_network.inlet(EVENTS)
    outlet.send(frame(0, 0.0), reading(0, 0.0, face(0, 0.0), face(0, 0.0, face_id=2)), lsl_network.now())
    outlet.close()
    assert [text for (text,), _ in received(events, 4)][2:] == ["face/1/left", "face/2/left"]


def test_a_stream_that_begins_again_has_its_identity_and_another_source_has_its_own(
    lsl_network: LslNetwork,
) -> None:
    identities = []
    for label in ("", "", "2"):
        outlet = LabStreams(1).open(replace(ORIGIN, label=label))
        name = f"{READINGS}-{label}" if label else READINGS
        identities.append(lsl_network.inlet(name).info().source_id())
        outlet.close()
    assert identities[0] == identities[1] != identities[2]


def test_a_library_that_is_missing_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on platforms for which pylsl brings no liblsl."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "pylsl"]:
        monkeypatch.delitem(sys.modules, name)

    def refuse(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    with pytest.raises(MissingPackageError) as caught:
        LabStreams(1).open(ORIGIN)
    assert str(caught.value) == (
        "pylsl does not find the library liblsl; run: conda install -c conda-forge liblsl, or install it from "
        "github.com/sccn/liblsl/releases and name its file in PYLSL_LIB"
    )
