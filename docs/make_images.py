"""Make the pictures of the README from the sample clip: python docs/make_images.py."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import av

DOCS = Path(__file__).resolve().parent
SHOWN_AT = 4.7
"""Seconds into the clip, a moment with three different expressions."""


def main() -> None:
    """Render the clip, annotate it, keep one frame."""
    with tempfile.TemporaryDirectory() as folder:
        render = DOCS.parent / "samples" / "render.py"
        subprocess.run([sys.executable, render, folder, "--clip", "faces"], check=True)
        clip, annotated = Path(folder) / "faces.mp4", Path(folder) / "annotated.mp4"
        subprocess.run([sys.executable, "-m", "fervid", "annotate", clip, "-o", annotated, "--crf", "12"], check=True)
        with av.open(str(annotated)) as container:
            frame = next(frame for frame in container.decode(video=0) if (frame.time or 0.0) >= SHOWN_AT)
    (DOCS / "images").mkdir(exist_ok=True)
    frame.to_image().save(DOCS / "images" / "annotated.jpg", quality=88)


if __name__ == "__main__":
    main()
