"""The annotated picture on a virtual camera, for calls and streaming programs."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from typing_extensions import override

from fervid.core.canvas import Canvas
from fervid.core.packages import require
from fervid.core.readings import Frame, FrameReading
from fervid.errors import OutputError
from fervid.outlets.base import Destination, Origin, Outlet
from fervid.outlets.rate_limit import RateLimit
from fervid.sources.base import CAMERA_RATE, CAMERA_SIZE
from fervid.video.fitting import fit

if TYPE_CHECKING:
    from types import ModuleType

EXTRA: Final = "fervid[virtual-camera]"

_REMEDIES: Final = {
    "linux": "run: sudo modprobe v4l2loopback exclusive_caps=1 (Debian package v4l2loopback-dkms)",
    "darwin": "install OBS Studio, start its virtual camera once, and stop it again",
    "win32": "install OBS Studio, which brings a virtual camera",
}


@dataclass(frozen=True, slots=True)
class VirtualCamera(Destination):
    """The first virtual camera that is free.

    Attributes:
        rate: The largest number of pictures to send in a second.
    """

    rate: float = CAMERA_RATE

    capacity: ClassVar[int] = 1

    @property
    @override
    def name(self) -> str:
        """The name to use in messages."""
        return "the virtual camera"

    @override
    def open(self, origin: Origin) -> VirtualCameraOutlet:
        """Open the device, so that one that is missing ends the command at once.

        Raises:
            MissingPackageError: pyvirtualcam is not installed.
            OutputError: There is no virtual camera, or another program uses it.
        """
        return VirtualCameraOutlet(require("pyvirtualcam", EXTRA), origin, self.rate)


class VirtualCameraOutlet(Outlet):
    """A virtual camera that shows each picture with its boxes and labels.

    The camera is held from the start, so that no other outlet takes it, and gets the size of the first picture. Later
    ones are fitted into it, because programs that use a camera expect it to keep its size.

    Args:
        pyvirtualcam: The package.
        origin: The things to be told about the analysis.
        rate: The largest number of pictures to send in a second.

    Raises:
        OutputError: There is no virtual camera, or another program uses it.
    """

    def __init__(self, pyvirtualcam: ModuleType, origin: Origin, rate: float) -> None:
        self._pyvirtualcam = pyvirtualcam
        self._rate = rate
        self._limit = RateLimit(rate)
        self._painter = origin.painter()
        self._canvas: Canvas | None = None
        self._camera: Any = self._open(*CAMERA_SIZE)

    @override
    def send(self, frame: Frame, reading: FrameReading, arrived: float) -> None:
        """Paint a picture and show it, unless the rate is too high.

        Raises:
            OutputError: The camera cannot be opened in the size of the first picture.
            RuntimeError: The camera has been removed.
        """
        if not self._limit.is_due(reading.time):
            return
        if self._canvas is None:
            self.close()  # some devices have one size at a time
            self._camera = self._open(frame.width, frame.height)
            self._canvas = frame.size
        fitted = replace(frame, shown_on=self._canvas) if frame.size != self._canvas else frame
        image = fit(fitted).image.copy()
        self._painter.paint(image, reading.moved(fitted.placement))
        self._camera.send(image)

    @override
    def close(self) -> None:
        """Close the camera."""
        if self._camera is not None:
            self._camera.close()
            self._camera = None

    def _open(self, width: int, height: int) -> Any:
        """Open the camera; it takes the order of the colours that frames have."""
        try:
            return self._pyvirtualcam.Camera(width, height, self._rate, fmt=self._pyvirtualcam.PixelFormat.BGR)
        except RuntimeError as error:
            reason = re.split(r"[.?!](?:\s|$)", str(error))[0]  # without the advice that follows
            remedy = _REMEDIES.get(sys.platform, "install one for this system")
            raise OutputError(f"no virtual camera can be used ({reason})", remedy) from error
