"""The effort of a search to miss no face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Vigilance:
    """The effort of a search to miss no face.

    Attributes:
        waits: True if frames may wait for later ones, so that a face that is found late is traced back. Otherwise faces
            are extrapolated.
        stride: The largest number of frames from one look for new faces to the next, where frames wait.
        is_paced: True if the time that looks take on this machine limits those for new faces, at places in turn.
        is_total: True if each of these looks is at the whole frame: at all places that show faces of a sixteenth of its
            longer side. Other places are looked at in turn.
        trusts_whole: True if a face that the whole picture shows counts at the least score of a known face. Otherwise
            it must score as high as any new one.
        most_close_ups: The largest number of close-ups in a frame of what may be new faces; None for no limit.
        mirrors: True if a picture that is searched everywhere is searched for small faces in its mirror image too.
        least_share: The width of the smallest face to look for, as a fraction of the longer side of the picture, where
            that is more than the pixels asked for.
    """

    waits: bool = True
    stride: int = 5
    is_paced: bool = False
    is_total: bool = False
    trusts_whole: bool = False
    most_close_ups: int | None = None
    mirrors: bool = True
    least_share: float = 0.0

    def smallest(self, pixels: int | None, size: tuple[int, int]) -> int | None:
        """Return the width of the smallest face to look for, in pixels.

        Args:
            pixels: The width that is asked for; None for whatever the whole picture shows, which is returned as it is.
            size: The width and height of the picture, in pixels.
        """
        return None if pixels is None else max(pixels, round(self.least_share * max(size)))


RECORDED: Final = Vigilance()
"""For the faces of a video."""

LIVE: Final = Vigilance(waits=False, stride=1, is_paced=True)
"""For the faces of a live source."""

STILL: Final = Vigilance(waits=False, stride=1, trusts_whole=True, mirrors=False, least_share=0.0075)
"""For the faces of a picture that stands alone, in which none can wait for a better moment (`benchmarks/photos.py`)."""

STILL_LOOKOUT: Final = Vigilance(waits=False, stride=1, trusts_whole=True)
"""For everything to hide in such a picture."""

LOOKOUT: Final = Vigilance(stride=1, is_total=True, trusts_whole=True)
"""For everything to hide in a video, since missing a face to hide is worse than hiding a cushion."""

LIVE_LOOKOUT: Final = Vigilance(
    waits=False, stride=1, is_paced=True, is_total=True, trusts_whole=True, most_close_ups=12
)
"""For everything to hide in a live source."""
