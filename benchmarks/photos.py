"""Measure the search of still pictures: python benchmarks/photos.py [VIDEO...] [--pictures N].

Pictures of 12 megapixels show drawn people with faces of 25 to 400 pixels. Each VIDEO gives single frames as they are,
and a mosaic of them in 12 megapixels. Faces that are alone in a frame are pasted, in those sizes, tilted and in less
light, into pictures of 12 megapixels.

For each way to search, a row has the share of the faces that are found, by their width, or the number of faces where
the truth is not known; false faces, and doubles, in all pictures together; looks and CPU milliseconds for each picture.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

from benchmarks.search import SAME, original
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.detect.detector_pair import DetectorPair
from fervid.detect.following import Following
from fervid.detect.vigilance import STILL
from fervid.settings import Settings
from samples.drawing import draw_face
from samples.people import somebody
from samples.scenery import SCENERIES

WIDTH, HEIGHT = 4000, 3000
BOUNDS: Final = (25, 30, 40, 60, 100, 200, 401)
WAYS: Final = {
    "everything": replace(STILL, mirrors=True, least_share=0.0),
    "unmirrored": replace(STILL, mirrors=False, least_share=0.0),
    "from 1 %": replace(STILL, mirrors=True, least_share=0.01),
    "from 1 %, unmirrored": replace(STILL, mirrors=False, least_share=0.01),
    "as `fervid photo`": STILL,
}
"""The ways to search: which look at mirror images too, and for faces from which share of the longer side."""

Image = NDArray[np.uint8]
Picture = tuple[Image, Sequence[Box] | None]
"""A picture, and the true boxes of its faces where they are known."""


def places(random: np.random.Generator, count: int) -> Iterator[tuple[float, float, float]]:
    """Yield centres and widths of faces that do not touch, half of them up to 50 pixels wide."""
    across, down = 8, 6
    cell = WIDTH // across
    for number in random.permutation(across * down)[:count]:
        width = float(25 * 16 ** (random.uniform() ** 2))
        room = max(0.0, cell - 1.3 * width) / 2
        x, y = random.uniform(-room, room, 2)
        yield (number % across + 0.5) * cell + x, (number // across + 0.5) * cell + y, width


def drawn(seed: int, count: int) -> Picture:
    """Return a picture of drawn people."""
    random = np.random.default_rng(seed)
    scenery = list(SCENERIES.values())[seed % len(SCENERIES)]
    image = scenery(WIDTH, HEIGHT, 0.0).copy()
    boxes = []
    for number, (x, y, width) in enumerate(places(random, count)):
        boxes.append(Box(*draw_face(image, (x, y), width, person=somebody(str(number), random))))
    return photographed(image, random), boxes


def photographed(image: Image, random: np.random.Generator) -> Image:
    """Return a picture with the blur, the noise and the compression of a camera."""
    cv2.GaussianBlur(image, (0, 0), 0.8, dst=image)
    noise = random.normal(0, 4, image.shape).astype(np.float32)
    noisy = np.clip(image + noise, 0, 255).astype(np.uint8)
    _, coded = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def cut_out(pair: DetectorPair, frames: Sequence[Frame]) -> list[tuple[Image, Box]]:
    """Return the surroundings of the faces of frames, and where the face is in each."""
    found = []
    for frame in frames:
        faces = pair.near.detect(frame.pixels)
        if len(faces) == 1 and faces[0].score > 0.8:
            box = faces[0].box
            x, y = max(0, int(box.x - box.width / 2)), max(0, int(box.y - box.height / 2))
            part = frame.image[y : int(box.bottom + box.height / 2), x : int(box.right + box.width / 2)]
            found.append((part, box._replace(x=box.x - x, y=box.y - y)))
    return found


def varied(part: Image, box: Box, random: np.random.Generator) -> tuple[Image, Box]:
    """Return a face tilted by up to 25 degrees, in less light, and every other one in the mirror."""
    centre = box.centre
    turn = cv2.getRotationMatrix2D((centre.x, centre.y), random.uniform(-25, 25), 1)
    turned = cv2.warpAffine(part, turn, part.shape[1::-1], borderMode=cv2.BORDER_REFLECT_101)
    lit = (turned * random.uniform(0.4, 1) + random.uniform(0, 30)).clip(0, 255).astype(np.uint8)
    return (lit[:, ::-1], box._replace(x=part.shape[1] - box.right)) if random.random() < 0.5 else (lit, box)


def pasted(parts: Sequence[tuple[Image, Box]], seed: int, count: int) -> Picture:
    """Return a picture of real faces, of all sizes."""
    random = np.random.default_rng(seed)
    image = list(SCENERIES.values())[seed % len(SCENERIES)](WIDTH, HEIGHT, 0.0).copy()
    boxes = []
    for x, y, width in places(random, count):
        part, box = varied(*parts[int(random.integers(len(parts)))], random)
        scale = width / box.width
        small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        left, top = int(x - small.shape[1] / 2), int(y - small.shape[0] / 2)
        left, top = min(max(0, left), WIDTH - small.shape[1]), min(max(0, top), HEIGHT - small.shape[0])
        image[top : top + small.shape[0], left : left + small.shape[1]] = small
        placed = box.scaled(scale, scale)
        boxes.append(placed._replace(x=placed.x + left, y=placed.y + top))
    return photographed(image, random), boxes


def mosaic(frames: Sequence[Frame]) -> Image:
    """Return a picture of many frames."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    height, width = frames[0].image.shape[:2]
    starts = [(top, left) for top in range(0, HEIGHT, height) for left in range(0, WIDTH, width)]
    for place, (top, left) in enumerate(starts):
        part = frames[place * 7 % len(frames)].image[: HEIGHT - top, : WIDTH - left]
        image[top : top + part.shape[0], left : left + part.shape[1]] = part
    return image


class Tally:
    """The faces that a search has found in pictures."""

    def __init__(self) -> None:
        self.true, self.found = np.zeros(len(BOUNDS), int), np.zeros(len(BOUNDS), int)
        self.faces = self.false = self.doubles = 0

    def add(self, faces: Sequence[Face], truth: Sequence[Box] | None) -> None:
        """Count the faces of a picture."""
        self.faces += len(faces)
        self.doubles += sum(one.box.iou(two.box) > SAME for at, one in enumerate(faces) for two in faces[:at])
        if truth is not None:
            self.false += sum(all(face.box.iou(box) <= SAME for box in truth) for face in faces)
            for box in truth:
                size = np.searchsorted(BOUNDS, box.width, side="right") - 1
                self.true[size] += 1
                self.found[size] += any(face.box.iou(box) > SAME for face in faces)

    def __str__(self) -> str:
        if self.true.any():
            sizes = [f"{found:3}/{true:<3}" for found, true in zip(self.found[:-1], self.true[:-1], strict=True)]
            return f"{' '.join(sizes)} {self.found.sum() / self.true.sum():6.1%} {self.false:5}"
        return f"{self.faces:>54} faces"


def print_rows(name: str, pair: DetectorPair, pictures: Sequence[Picture]) -> None:
    """Search pictures in each way, and print a row for each."""
    for way, vigilance in WAYS.items():
        tally, looks, spent = Tally(), 0, 0.0
        for image, truth in pictures:
            search = pair.search(vigilance)
            begin = time.process_time()
            (searched,) = search.add(Frame(image, 0, 0, Fraction(1)))
            spent += time.process_time() - begin
            looks += search.looks if isinstance(search, Following) else 1
            tally.add(searched.faces, truth)
        count = len(pictures)
        cost = f"{tally.doubles:4} {looks / count:6.1f} {1000 * spent / count:7.0f}"
        print(f"{name:30} {way:21} {tally} {cost}", flush=True)


def main() -> None:
    """Search pictures, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("videos", nargs="*", type=Path, metavar="VIDEO")
    parser.add_argument("--pictures", type=int, default=4, help="how many pictures of each kind (default: 4)")
    arguments = parser.parse_args()
    count = arguments.pictures
    cv2.setNumThreads(1)
    with DetectorPair(Settings(detector="mediapipe", search="thorough")) as pair:
        print_rows("drawn", pair, [drawn(seed, 40) for seed in range(count)])
        parts = []
        for video in arguments.videos:
            frames = [frame for frame, _ in original(video, 400)][::5]
            step = max(1, len(frames) // (2 * count))
            print_rows(video.name, pair, [(frame.image, None) for frame in frames[::step]])
            print_rows(f"mosaic of {video.name}", pair, [(mosaic(frames), None)])
            parts += cut_out(pair, frames)
        if parts:
            print_rows("pasted", pair, [pasted(parts, seed, 40) for seed in range(count)])


if __name__ == "__main__":
    main()
