"""The figures of the shipped engines beyond their own test set: CK+, real clips, degraded faces, and speed.

They come from the files that `COMMANDS` lists with the commands that write them, and from each recipe's robustness.json
(`fervid evaluate --robustness`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recipe_results import HERE

from fervid import engines
from fervid.engines.manifest import Manifest

CK_PLUS, CLIPS, SPEED = "ck_plus.json", "clips.json", "speed.json"
COMMANDS = {
    CK_PLUS: "python benchmarks/ck_plus.py CK48.npz",
    CLIPS: "python benchmarks/footage.py --results",
    SPEED: "python benchmarks/networks.py --results",
}

FRAMINGS = {"video": "as in a video", "archive": "as the data set crops them"}
"""The framings in ck_plus.json, and what they are called."""

VARIANTS = {
    "all": "six classes",
    "mirrored": "with the mirror image",
    "restricted": "predictions restricted to the six",
    "mirrored_restricted": "restricted, with the mirror image",
}
"""The accuracies in ck_plus.json, and what they are called."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """The figures of one shipped engine.

    Attributes:
        manifest: The manifest of the engine.
        ck_plus: The accuracies on CK+, 0 to 1, and the number of faces, for each of `FRAMINGS`.
        clips: Frames of real clips that are classified as labelled, and labelled frames.
        ms: Milliseconds for a face.
        degraded: The mean accuracy on degraded faces, 0 to 1; None where it was not measured.
    """

    manifest: Manifest
    ck_plus: Mapping[str, Mapping[str, float]]
    clips: tuple[int, int]
    ms: float
    degraded: float | None

    @property
    def name(self) -> str:
        """The name of the engine."""
        return self.manifest.name


Cell = Callable[[Shipped], tuple[float | None, str]]
"""Returns a rank, of which the highest is the best, and a text; None for figures that cannot be ranked."""


def shipped_engines() -> list[Shipped]:
    """Return all shipped engines, the default one first, then by their names."""
    names = sorted(engines.shipped(), key=lambda name: (name != engines.DEFAULT_ENGINE, name))
    return [_shipped(Manifest.load(engines.resolve(name))) for name in names]


def _shipped(manifest: Manifest) -> Shipped:
    faces, frames = (_of_these_weights(name, manifest) for name in (CK_PLUS, CLIPS))
    robustness = HERE / manifest.name / "robustness.json"
    return Shipped(
        manifest,
        ck_plus={framing: faces[framing] for framing in FRAMINGS},
        clips=(frames["correct"], frames["frames"]),
        ms=_milliseconds(manifest),
        degraded=_read(robustness)["mean"]["accuracy"] if robustness.exists() else None,
    )


def comparison(found: Sequence[Shipped]) -> str:
    """Return a table with a column for each engine; the best figure of a row is bold."""
    rows = [
        _row("labelled stretches of real clips, frames classified as labelled", found, _clips),
        *(
            _row(f"CK+ {framed}, {text}", found, _ck_plus(framing, key))
            for framing, framed in FRAMINGS.items()
            for key, text in VARIANTS.items()
        ),
        _row("its own private_test", found, _own),
        _row("degraded faces of its private_test", found, _degraded),
        _row(f"ms a face, {speed_conditions()}", found, lambda each: (-each.ms, f"{each.ms:.2f}")),
    ]
    header = "| | " + " | ".join(f"`{each.name}`" for each in found) + " |\n"
    return header + "|---|" + "---:|" * len(found) + "\n" + "".join(rows)


def ck_plus_table(found: Sequence[Shipped]) -> str:
    """Return a table of the accuracies on CK+ with a row for each engine and framing."""
    header = "| engine | framed | faces | " + " | ".join(VARIANTS.values()) + " |\n"
    rows = [
        f"| `{each.name}` | {framed} | {_faces(each.ck_plus[framing])} | "
        + " | ".join(_per_cent(each.ck_plus[framing][key]) for key in VARIANTS)
        + " |\n"
        for each in found
        for framing, framed in FRAMINGS.items()
    ]
    return _spaced(header + "|---|---|---:|" + "---:|" * len(VARIANTS) + "\n" + "".join(rows))


def card_rows(each: Shipped) -> str:
    """Return the rows of a model card's table of facts."""
    video, archive = each.ck_plus["video"], each.ck_plus["archive"]
    return (
        f"| accuracy, CK+, not trained on | {_per_cent(video['all'])} of {_faces(video)} faces of six classes framed "
        f"as in a video, {_per_cent(video['mirrored'])} with the mirror image; {_per_cent(archive['all'])} and "
        f"{_per_cent(archive['mirrored'])} as the data set crops them |\n"
        f"| accuracy, CK+, restricted to its classes | {_per_cent(video['restricted'])} framed as in a video, "
        f"{_per_cent(video['mirrored_restricted'])} with the mirror image; {_per_cent(archive['restricted'])} and "
        f"{_per_cent(archive['mirrored_restricted'])} as the data set crops them |\n"
        f"| speed | {each.ms:.2f} ms a face, {speed_conditions()} |\n"
    )


def accuracy_row(each: Shipped) -> str:
    """Return the row of docs/accuracy.md on CK+."""
    video, archive = each.ck_plus["video"], each.ck_plus["archive"]
    return _spaced(
        f"| accuracy, CK+ (not trained on), six shared classes | {_per_cent(video['all'])} of {_faces(video)} faces "
        f"framed as in a video, {_per_cent(video['restricted'])} if only these classes are predicted; "
        f"{_per_cent(archive['all'])} and {_per_cent(archive['restricted'])} as the data set crops them | "
        "`fervid evaluate auto ck48.npz --split all --detect --precision fp32`, and without `--detect` |\n"
    )


def speed_conditions() -> str:
    """Return how the milliseconds were measured."""
    speed = _read(HERE / SPEED)
    return f"OpenVINO float32, one thread of an {speed['machine']['processor']}, batches of {speed['batch']}"


def _row(title: str, found: Sequence[Shipped], cell: Cell) -> str:
    cells = [cell(each) for each in found]
    best = max((rank for rank, _ in cells if rank is not None), default=None)
    texts = [f"**{text}**" if rank is not None and rank == best else text for rank, text in cells]
    return f"| {title} | " + " | ".join(texts) + " |\n"


def _ck_plus(framing: str, key: str) -> Cell:
    return lambda each: (each.ck_plus[framing][key], _per_cent(each.ck_plus[framing][key]))


def _clips(each: Shipped) -> tuple[float | None, str]:
    correct, frames = each.clips
    return None, f"{correct} of {frames}"


def _own(each: Shipped) -> tuple[float | None, str]:
    labels = ", by FER+'s cleaner labels" if each.manifest.data_set == "FER+" else ""
    text = f"{_per_cent(each.manifest.accuracy['private_test'])} of {len(each.manifest.classes)} classes{labels}"
    return None, text


def _degraded(each: Shipped) -> tuple[float | None, str]:
    return each.degraded, "" if each.degraded is None else _per_cent(each.degraded)


def _faces(figures: Mapping[str, float]) -> str:
    others = f" ({figures['undetected']} more not found)" if figures["undetected"] else ""
    return f"{figures['faces']:,}{others}"


def _per_cent(share: float) -> str:
    return f"{share:.1%}"


def _spaced(text: str) -> str:
    """Return `text` with a space before each per cent sign, as READMEs have it."""
    return text.replace("%", " %")


def _milliseconds(manifest: Manifest) -> float:
    for row in _read(HERE / SPEED)["networks"]:
        if (row["network"], row["size"], row["colour"]) == (
            manifest.network,
            manifest.input.size,
            manifest.input.colour,
        ):
            return float(row["ms"])
    sys.exit(f"{SPEED} lacks the network of {manifest.name}; run {COMMANDS[SPEED]}")


def _of_these_weights(file: str, manifest: Manifest) -> dict[str, Any]:
    """Return the figures of an engine, which must have been measured with its present weights."""
    figures: dict[str, Any] = _read(HERE / file)["engines"].get(manifest.name, {})
    if figures.get("sha256") != manifest.sha256:
        sys.exit(f"{file} lacks {manifest.name} with its present weights; run {COMMANDS[file]}")
    return figures


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
