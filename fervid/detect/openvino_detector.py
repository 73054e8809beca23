"""BlazeFace by OpenVINO, which takes about a fifth less time than MediaPipe."""

from __future__ import annotations

import hashlib
import io
import logging
import threading
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.cache import ENGINES
from fervid.core.closing import Closing
from fervid.core.files import make_folder, write_bytes
from fervid.core.frame_pixels import Pixels
from fervid.core.openvino_core import openvino_core
from fervid.core.packages import require_openvino
from fervid.core.readings import Face
from fervid.core.regular_files import SMALL, read_regular
from fervid.detect.anchors import LAYOUTS, Decoder, Letterbox
from fervid.detect.assets import MODELS
from fervid.detect.base import LONGEST_SIDE, accepted
from fervid.errors import DetectorError, OutputError

_SETTINGS: Final = {
    "INFERENCE_PRECISION_HINT": "f32",  # in bfloat16, scores differ by up to 0.04, and boxes of faint faces by much
    "PERFORMANCE_HINT": "LATENCY",
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "ENABLE_CPU_PINNING": False,  # decoding and classifying use the same cores
}

_DIGEST: Final = 32
"""The bytes of the digest with which a compiled network begins in the cache."""

_log = logging.getLogger(__name__)


class OpenVINODetector(Closing):
    """BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047), found by the steps of MediaPipe's detector.

    Args:
        name: The name on the command line, which is one of `LAYOUTS`.
        model: The file of the model that `fervid.detect.assets` has by that name.
        min_score: Leave out faces below this score, 0 to 1.
        min_face: Leave out faces whose box is narrower than this, in pixels.

    Raises:
        DetectorError: OpenVINO cannot load the model.
        MissingPackageError: OpenVINO is not installed.
    """

    def __init__(self, name: str, model: Path, *, min_score: float, min_face: int) -> None:
        self._name = name
        self._min_score = min_score
        self._min_face = min_face
        layout = LAYOUTS[name]
        package = require_openvino()
        self._input = np.zeros((1, layout.side, layout.side, 3), np.float32)
        self._decoder = Decoder(layout, min_score)
        try:
            network = _network(package, name, model)
            self._request: Any = network.create_infer_request()
            self._request.set_input_tensor(package.Tensor(self._input, shared_memory=True))
            outputs = {}
            for index, output in enumerate(network.outputs):
                outputs[output.shape[-1]] = np.zeros(tuple(output.shape), np.float32)
                self._request.set_output_tensor(index, package.Tensor(outputs[output.shape[-1]], shared_memory=True))
            self._values, self._logits = outputs[16][0], outputs[1][0, :, 0]
        except (RuntimeError, KeyError) as error:
            raise DetectorError(
                f"OpenVINO cannot load {model} ({str(error).strip().splitlines()[-1]})", "reinstall openvino"
            ) from error
        # The arrays belong to the request, so two threads must not use them at the same time.
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name on the command line."""
        return self._name

    def detect(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:
        """Return the faces in `image`, the best first; see `Detector`."""
        pixels = Pixels.of(image)
        shown = pixels.reduced(LONGEST_SIDE).rgb
        height, width = shown.shape[:2]
        letterbox = Letterbox.of(width, height, self._input.shape[1])
        with self._lock:
            if self._request is None:
                raise ValueError("the detector is closed")
            letterbox.fill(self._input[0], shown)
            self._request.infer()
            found = list(self._decoder.faces(self._values, self._logits))
        enlarged = pixels.width / width, pixels.height / height
        faces = (letterbox.face(*face, enlarged) for face in found)
        return accepted(faces, self._min_score, self._min_face)

    def close(self) -> None:
        """Release the model. May be called twice."""
        with self._lock:
            self._request = None


def _network(package: ModuleType, name: str, model: Path) -> Any:
    """Return the compiled network, from the cache if it is there, since compiling takes half a second."""
    core = openvino_core()
    path = ENGINES.folder / f"detector-{_key(package, core, name)}.cache"
    kept = _kept(path)
    if kept is not None:
        try:
            return core.import_model(kept, "CPU", _SETTINGS)
        except RuntimeError as error:
            _log.debug("compiling %s again: %s", model.name, error)
    network = core.compile_model(core.read_model(model), "CPU", _SETTINGS)
    _keep(path, network)
    return network


def _key(package: ModuleType, core: Any, name: str) -> str:
    """Return a digest of all that a compiled network depends on."""
    cpu = [core.get_property("CPU", name) for name in ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")]
    ingredients = MODELS[name].sha256, package.get_version(), cpu, _SETTINGS
    return hashlib.sha256(repr(ingredients).encode()).hexdigest()[:16]


def _kept(path: Path) -> bytes | None:
    """Return the compiled network in the cache; None where there is none that is whole."""
    try:
        content = read_regular(path, SMALL)
    except OSError:
        return None
    network = content[_DIGEST:]
    return network if hashlib.sha256(network).digest() == content[:_DIGEST] else None


def _keep(path: Path, network: Any) -> None:
    """Write a compiled network into the cache. Where that fails, the next run takes half a second longer."""
    exported = network.export_model()
    content = exported.getvalue() if isinstance(exported, io.BytesIO) else bytes(exported)
    try:
        make_folder(path.parent)
        write_bytes(path, hashlib.sha256(content).digest() + content)
    except (OSError, OutputError) as error:
        _log.debug("the compiled detector is not kept: %s", error)
