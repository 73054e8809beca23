"""Live outputs to other programs: Lab Streaming Layer, OSC, and a virtual camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fervid.errors import UsageError

if TYPE_CHECKING:
    from fervid.outlets.base import Destination

LSL_FACES: Final = 1
"""The default number of faces in the stream of readings."""

LSL_FACES_BOUNDS: Final = (1, 64)

OSC_RATE_BOUNDS: Final = (0.1, 1000.0)
"""The lowest and the highest limit of the rate of OSC bundles, in Hz."""


def destinations(
    *,
    lsl: bool = False,
    lsl_faces: int | None = None,
    osc: str | None = None,
    osc_rate: float | None = None,
    virtual_camera: bool = False,
) -> tuple[Destination, ...]:
    """Return the destinations that the options of ``fervid live`` ask for.

    Args:
        lsl: Send readings and events to the Lab Streaming Layer.
        lsl_faces: The number of faces in the stream of readings; None for `LSL_FACES`.
        osc: The host and the port to send OSC messages to; None to send none.
        osc_rate: The limit of the rate of OSC bundles, in Hz; None to send one for each frame.
        virtual_camera: Show the annotated picture on a virtual camera.

    Raises:
        UsageError: `osc` is no address, or an option has no effect.
    """
    if lsl_faces is not None and not lsl:
        raise UsageError("lsl_faces has no effect by itself", "add lsl=True", options=("lsl", "lsl_faces"))
    if osc_rate is not None and osc is None:
        raise UsageError("osc_rate has no effect by itself", "add osc=HOST:PORT", options=("osc", "osc_rate"))
    chosen: list[Destination] = []
    if lsl:
        from fervid.outlets.lsl import LabStreams

        chosen.append(LabStreams(LSL_FACES if lsl_faces is None else lsl_faces))
    if osc is not None:
        from fervid.outlets.osc import OscReceiver

        chosen.append(OscReceiver.parse(osc, osc_rate))
    if virtual_camera:
        from fervid.outlets.virtual_camera import VirtualCamera

        chosen.append(VirtualCamera())
    return tuple(chosen)
