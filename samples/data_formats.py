"""Labelled faces as files, in every format that fervid reads."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import CK_PLUS, FER2013
from samples.labelled_faces import FaceSequence, LabelledFaces

_KAGGLE: Final = {"training": "Training", "public_test": "PublicTest", "private_test": "PrivateTest"}
_FOLDERS: Final = {"training": "train", "public_test": "val", "private_test": "test"}
_VOTES: Final = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"),
)
_SHARD: Final = 40


def write_table(faces: LabelledFaces, folder: Path) -> None:
    """Write Kaggle's table ``fer2013.csv`` and FER+'s ``fer2013new.csv`` beside it."""
    usages = [_KAGGLE[split] for split in faces.splits]
    pixels = (" ".join(map(str, image.ravel().tolist())) for image in faces.images)
    emotions = map(FER2013.index, faces.labels)
    _write_csv(folder / "fer2013.csv", ("emotion", "pixels", "Usage"), zip(emotions, pixels, usages, strict=True))
    names = (f"fer{row:07d}.png" for row in faces.rows)
    rows = ((usage, name, *votes) for usage, name, votes in zip(usages, names, faces.votes.tolist(), strict=True))
    _write_csv(folder / "fer2013new.csv", ("Usage", "Image name", *_VOTES), rows)


def write_folders(faces: LabelledFaces, folder: Path) -> None:
    """Write picture folders such as ``train/happy``, with the votes and the people in lists beside them."""
    pictures = []
    for image, label, split, row in zip(faces.images, faces.labels, faces.splits, faces.rows, strict=True):
        picture = f"{_FOLDERS[split]}/{label}/{row:08d}.png"
        _write_picture(folder / picture, image)
        pictures.append(picture)
    people = zip(pictures, faces.people, strict=True)
    _write_csv(folder / "subjects.csv", ("picture", "subject"), people)
    votes = ((picture, *row) for picture, row in zip(pictures, faces.votes.tolist(), strict=True))
    _write_csv(folder / "votes.csv", ("picture", *_VOTES), votes)


def write_archives(faces: LabelledFaces, folder: Path) -> None:
    """Write FER2013 as NumPy archives: ``training-0.npz``, ``training-1.npz``, ..., ``public_test.npz`` and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for split in _KAGGLE:
        places = np.flatnonzero(faces.splits == split)
        if split == "training":
            for number, begin in enumerate(range(0, len(places), _SHARD)):
                _write_archive(faces, places[begin : begin + _SHARD], folder / f"training-{number}.npz")
        else:
            _write_archive(faces, places, folder / f"{split}.npz")


def write_sequences(sequences: Iterable[FaceSequence], folder: Path) -> None:
    """Write CK+'s two trees: the frames of each sequence, and a text with the emotion of each that has a label."""
    for sequence in sequences:
        name = f"{sequence.person}_{sequence.number:03d}"
        place = Path(sequence.person, f"{sequence.number:03d}")
        for frame, image in enumerate(sequence.images, 1):
            pictures = folder / "extended-cohn-kanade-images" / "cohn-kanade-images" / place
            _write_picture(pictures / f"{name}_{frame:08d}.png", image)
        labels = folder / "Emotion" / place
        labels.mkdir(parents=True, exist_ok=True)
        if sequence.label is not None:
            text = f"   {CK_PLUS.index(sequence.label) + 1:.7e}\n"
            (labels / f"{name}_{len(sequence.images):08d}_emotion.txt").write_text(text, encoding="utf-8")


def write_ck48(sequences: Iterable[FaceSequence], folder: Path) -> None:
    """Write CK+'s faces as one NumPy archive, ``ck48.npz``: all frames of the sequences that have a label."""
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    names: list[str] = []
    for sequence in sequences:
        if sequence.label is not None:
            images += list(sequence.images)
            labels += [CK_PLUS.index(sequence.label)] * len(sequence.images)
            name = f"{sequence.person}_{sequence.number:03d}"
            names += [f"{name}_{frame:08d}" for frame in range(1, len(sequence.images) + 1)]
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        folder / "ck48.npz", images=np.array(images), label=np.array(labels, np.uint8), name=np.array(names)
    )


def _write_archive(faces: LabelledFaces, places: NDArray[np.intp], path: Path) -> None:
    labels = [FER2013.index(label) for label in faces.labels[places]]
    np.savez_compressed(
        path,
        images=faces.images[places],
        fer_label=np.array(labels, np.int8),
        ferplus_votes=faces.votes[places],
        row=faces.rows[places].astype(np.int32),
    )


def _write_picture(path: Path, image: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(".png", image)
    path.write_bytes(data.tobytes())


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)
