"""Faces keep their slots while they stay, and others get those that become free."""

from __future__ import annotations

from outlet_cases import reading
from support.drawn_timelines import face

from fervid.outlets.slots import HOLD_S, Slots, SlottedFaces


def place(slots: Slots, when: float, *face_ids: int) -> SlottedFaces:
    return slots.place(reading(0, when, *(face(0, when, face_id=face_id) for face_id in face_ids)))


def ids(placed: SlottedFaces) -> dict[int, int]:
    return {slot: face.face_id for slot, face in placed.faces.items()}


def test_a_face_keeps_its_slot_whoever_comes_and_goes() -> None:
    slots = Slots(3)
    assert ids(place(slots, 0, 4)) == {1: 4}
    assert ids(place(slots, 1, 2, 4)) == {1: 4, 2: 2}
    assert ids(place(slots, 2, 2)) == {2: 2}
    assert ids(place(slots, 2.5, 1, 2)) == {2: 2, 1: 1}


def test_a_face_that_was_missed_for_a_moment_finds_its_slot_again() -> None:
    slots = Slots(1)
    place(slots, 0, 1)
    assert ids(place(slots, HOLD_S, 2)) == {}
    assert ids(place(slots, HOLD_S, 1, 2)) == {1: 1}


def test_a_slot_becomes_free_when_its_face_has_left_which_is_told_once() -> None:
    slots = Slots(1)
    place(slots, 0, 7)
    assert place(slots, 0.5).left == ()
    gone = place(slots, 0.6 + HOLD_S, 8)
    assert (gone.left, ids(gone)) == (((1, 7),), {1: 8})
    assert place(slots, 2.0, 8).left == ()


def test_without_a_number_there_is_a_slot_for_everybody() -> None:
    slots = Slots()
    assert ids(place(slots, 0, *range(1, 60))) == {number: number for number in range(1, 60)}
    assert slots.clear() == tuple((number, number) for number in range(1, 60))
    assert slots.clear() == ()
