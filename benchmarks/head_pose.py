"""Measure the error and the cost of the head pose: python benchmarks/head_pose.py [PICTURE...] [--fer FACES.npz].

For faces of known angles, it prints the median and the 90th percentile of the error of yaw, pitch and roll, in degrees:
each face is first found as it is, and then turned. A roll is a rotation of the picture. For yaw and pitch, the picture
is laid on an ellipsoid of the size of a head, which is turned; it has no nose and no ears, so part of the error is its
own. Without a picture, the portrait of scikit-image is used.

With ``--fer`` (an archive with the `images` of FER2013, (N, 48, 48) uint8), faces of FER2013 are turned instead, and
the mean face is recovered from the key points found in them, as `fervid.crop.head_pose.MEAN_FACE` has it.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid import detect
from fervid.core.geometry import HeadPose, Point
from fervid.core.readings import Face
from fervid.crop.head_pose import MEAN_FACE, head_pose
from fervid.detect.base import Detector
from fervid.settings import Settings

Image = NDArray[np.uint8]

ANGLES = (-30, -20, -10, 10, 20, 30)
HEAD = np.array([1.25, 1.75, 1.5])  # half the width, height and depth of a head, in eye distances
CENTRE = 0.35  # of the head below the eyes, in eye distances
TURNED_FACES, FACTORISED_FACES, ROUNDS = 150, 2500, 12
SIDE, BORDER = 192, 96


def fer_pictures(images: NDArray[np.uint8]) -> Iterator[Image]:
    """Yield the images of FER2013, enlarged, with their edges repeated around them."""
    for image in images:
        large = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        padded = cv2.copyMakeBorder(large, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_REPLICATE)
        yield np.asarray(cv2.cvtColor(padded, cv2.COLOR_GRAY2BGR), np.uint8)


def rotated(image: Image, face: Face, degrees: float) -> Image:
    """Return the picture rotated clockwise about the face."""
    matrix = cv2.getRotationMatrix2D(face.box.centre, -degrees, 1)
    size = image.shape[1::-1]
    return np.asarray(cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def turned(image: Image, face: Face, yaw: float, pitch: float) -> Image:
    """Return the head alone, as an ellipsoid that is turned by these angles, on grey."""
    (right, left), (height, width) = face.keypoints[:2], image.shape[:2]
    unit = right.distance(left)
    middle = ((right.x + left.x) / 2, (right.y + left.y) / 2 + CENTRE * unit)
    y, p = math.radians(-yaw), math.radians(-pitch)
    about_y = np.array([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(p), -math.sin(p)], [0, math.sin(p), math.cos(p)]])
    back = (about_y @ about_x).T  # from the picture to the head
    across, down = np.meshgrid((np.arange(width) - middle[0]) / unit, (np.arange(height) - middle[1]) / unit)
    start = np.stack([across, down, np.zeros_like(across)], -1) @ back.T / HEAD
    step = back[:, 2] / HEAD
    # Each ray start + depth * step meets the unit sphere at the smaller root of a quadratic.
    a, b, c = step @ step, start @ step, (start * start).sum(-1) - 1
    root = b * b - a * c
    surface = (start + ((-b - np.sqrt(np.maximum(root, 0))) / a)[..., None] * step) * HEAD
    seen = (root > 0) & (surface[..., 2] < 0)
    place = (surface[..., :2] * unit + middle).astype(np.float32)
    drawn = cv2.remap(image, place[..., 0], place[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.where(seen[..., None], drawn, np.uint8(128)).astype(np.uint8)


def pose_in(detector: Detector, image: Image) -> HeadPose | None:
    """Return the pose of the best face in a picture."""
    faces = detector.detect(image)
    return head_pose(faces[0].keypoints) if faces else None


def print_errors(detector: Detector, pictures: list[Image]) -> None:
    """Turn each face by each angle and print the errors, as differences from the pose of the face as it was."""
    errors: dict[str, list[float]] = {"yaw": [], "pitch": [], "roll": [], "yaw of the mirror image": []}
    tried = 0
    for image in pictures:
        faces = detector.detect(image)
        still = pose_in(detector, turned(image, faces[0], 0, 0)) if faces else None
        upright, mirrored = pose_in(detector, image), pose_in(detector, np.ascontiguousarray(image[:, ::-1]))
        if still is None or upright is None or mirrored is None:
            continue
        errors["yaw of the mirror image"].append(abs(upright.yaw + mirrored.yaw))
        for angle in ANGLES:
            for name, found, before in (
                ("yaw", pose_in(detector, turned(image, faces[0], angle, 0)), still.yaw),
                ("pitch", pose_in(detector, turned(image, faces[0], 0, angle)), still.pitch),
                ("roll", pose_in(detector, rotated(image, faces[0], angle)), upright.roll),
            ):
                tried += 1
                if found is not None:
                    errors[name].append(abs(getattr(found, name) - before - angle))
    found_faces = sum(map(len, errors.values())) - len(errors["yaw of the mirror image"])
    print(f"{len(pictures)} faces, turned {tried} times by {', '.join(map(str, ANGLES))} degrees, found {found_faces}")
    for name, values in errors.items():
        print(f"  {name:24} median error {np.median(values):4.1f}, 90 % below {np.quantile(values, 0.9):4.1f}")


def print_cost(poses: int = 2000) -> None:
    """Print the time that a pose takes."""
    points = [Point(float(x) * 80, float(y) * 80) for x, y, _ in MEAN_FACE]
    times = []
    for _ in range(poses):
        begin = time.perf_counter()
        head_pose(points)
        times.append(time.perf_counter() - begin)
    print(f"one pose takes {1e6 * float(np.median(times)):.0f} microseconds")


def mean_face(keypoints: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean face behind (N, 6, 2) key points of N faces, in the units and the frame of `MEAN_FACE`.

    Pose and shape are fitted in turn, both by least squares, without the tenth of the faces that fits worst.
    """
    shape, mirrored = MEAN_FACE - MEAN_FACE.mean(0), [1, 0, 2, 3, 5, 4]
    flat = keypoints - keypoints.mean(1, keepdims=True)
    for _ in range(ROUNDS):
        cameras = np.array([_camera(shape, points) for points in flat])
        misfits = np.square(shape @ cameras.transpose(0, 2, 1) - flat).sum((1, 2)) / np.square(cameras).sum((1, 2))
        good = misfits < np.quantile(misfits, 0.9)
        new = np.linalg.lstsq(cameras[good].reshape(-1, 3), flat[good].transpose(0, 2, 1).reshape(-1, 6))[0].T
        new = (new + new[mirrored] * [-1, 1, 1]) / 2
        u, _, v = np.linalg.svd(new.T @ shape)
        shape = new @ u @ v / (2 * abs((new @ u @ v)[0, 0]))
    poses = [pose for points in keypoints if (pose := head_pose([Point(*point) for point in points]))]
    tilt = math.radians(float(np.median([pose.pitch for pose in poses])))
    level = np.array([[1, 0, 0], [0, math.cos(tilt), -math.sin(tilt)], [0, math.sin(tilt), math.cos(tilt)]])
    return (shape - shape[:2].mean(0)) @ level


def _camera(shape: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scaled orthographic camera, (2, 3), that shows `shape` at `points`, both about their mean."""
    u, sizes, v = np.linalg.svd(np.linalg.lstsq(shape, points)[0].T, full_matrices=False)
    axes, scale = u @ v, sizes.mean()
    turn = np.vstack([axes, np.cross(*axes)])
    for _ in range(20):
        target = np.c_[points, scale * (shape @ turn[2])]
        u, _, v = np.linalg.svd(shape.T @ target)
        turn = v.T @ np.diag([1, 1, np.sign(np.linalg.det(v.T @ u.T))]) @ u.T
        flat = shape @ turn[:2].T
        scale = float((flat * points).sum() / (flat * flat).sum())
    camera: NDArray[np.float64] = scale * turn[:2]
    return camera


def main() -> None:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="*", type=Path)
    parser.add_argument("--fer", type=Path, help="an .npz archive with the images of FER2013")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    print_cost()
    with detect.create(Settings(detector="mediapipe")) as detector:
        if arguments.fer:
            images = np.load(arguments.fer)["images"]
            print_errors(detector, list(fer_pictures(images[:TURNED_FACES])))
            found = (detector.detect(picture) for picture in fer_pictures(images[:FACTORISED_FACES]))
            keypoints = np.array([faces[0].keypoints for faces in found if faces])
            print(f"mean face of {len(keypoints)} faces:\n{mean_face(keypoints).round(3)}")
        else:
            from skimage.data import astronaut

            portrait = np.ascontiguousarray(astronaut()[:250, 100:350, ::-1])
            pictures = [cv2.imread(str(path)) for path in arguments.pictures] or [portrait]
            print_errors(detector, [np.asarray(picture, np.uint8) for picture in pictures if picture is not None])


if __name__ == "__main__":
    main()
