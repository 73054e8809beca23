"""TensorRT for RTX builds real engines without a GPU; test_tensorrt_gpu.py runs them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks.arithmetic import evaluate
from fervid import engines, networks
from fervid.core.packages import pip_install
from fervid.engines import build_cache
from fervid.engines.backends import Calibration, Plan, cuda, cuda_pipeline, get, tensorrt_graph
from fervid.engines.backends.onnx_graph import end_to_end_graph
from fervid.engines.backends.pytorch import PyTorchEngine, read_network
from fervid.engines.backends.tensorrt import TENSORRT_RTX, TensorRT, TensorRTForRTX, covers
from fervid.engines.backends.tensorrt_engine import Network
from fervid.engines.backends.tensorrt_log import reason
from fervid.engines.build import Built, build
from fervid.engines.compiled import REBUILD, Batch, Compiled
from fervid.engines.manifest import InputSpec, Manifest
from fervid.errors import DeviceError, EngineError, MissingPackageError, UsageError

Faces = NDArray[np.uint8]

EMOTIONNET = engines.resolve("emotionnet")


def has_gpu() -> bool:
    try:
        return bool(cuda.capabilities())
    except DeviceError:
        return False


without_gpu = pytest.mark.skipif(has_gpu(), reason="tests the behaviour without a GPU")


@pytest.fixture(scope="module")
def rtx() -> TensorRTForRTX:
    """Return the backend, whose package does not exist for every system."""
    pytest.importorskip("tensorrt_rtx")
    return TENSORRT_RTX


@pytest.fixture(scope="module")
def make(
    rtx: TensorRTForRTX, calibration: Calibration, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Built]:
    """Return a function that compiles emotionnet for up to 32 faces, into a new folder each time."""

    def make(precision: str, *targets: str) -> Built:
        faces = calibration if precision == "int8" else None
        plan = Plan(precision=precision, batch=Batch(1, 8, 32), targets=targets, calibration=faces)
        return build(EMOTIONNET, rtx, plan, tmp_path_factory.mktemp("built") / "engine")

    return make


@pytest.fixture(scope="module")
def built(make: Callable[..., Built]) -> Built:
    """Return a shipped engine in fp16 for one GPU."""
    return make("fp16", "8.6")


@pytest.fixture(scope="module")
def int8(calibration: Calibration) -> bytes:
    """Return the ONNX model that TensorRT compiles for int8."""
    return tensorrt_graph.create(*read_network(EMOTIONNET), "int8", calibration)


def normalised(name: str, images: Faces) -> torch.nn.Module:
    """Return an untrained network that knows the means of its activations, or those of a deep one leave float16."""
    torch.manual_seed(0)
    network = networks.create(name)
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
    with torch.no_grad():
        network.train()((torch.from_numpy(images).float() / 255 - 0.5) / 0.25)
    return network.eval()


class TestBuilding:
    """Compiling ahead of time, for GPUs that this machine lacks."""

    @pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16", "int8"])
    def test_every_precision(
        self, make: Callable[..., Built], precision: str, rtx: TensorRTForRTX, capfd: pytest.CaptureFixture[str]
    ) -> None:
        built = make(precision, "8.6", "12.0", "8.6")
        compiled = Compiled.load(built.folder)
        assert compiled == built.compiled
        assert compiled.backend == "tensorrt-rtx"
        assert compiled.version == rtx.version()
        assert compiled.precision == precision
        assert compiled.batch == Batch(1, 8, 32)
        assert compiled.targets == ("8.6", "12.0")
        assert compiled.calibration == ("64 drawn faces" if precision == "int8" else "")
        assert compiled.weights == Manifest.load(EMOTIONNET).sha256
        content = compiled.content(built.folder, "model.engine")
        weights, each = 2_456_071, {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 1}[precision]
        assert weights * each <= len(content) < weights * each + 2_000_000
        assert capfd.readouterr() == ("", "")

    @without_gpu
    def test_the_default_is_every_gpu_from_ampere_on(self, make: Callable[..., Built]) -> None:
        targets = make("fp16").compiled.targets
        assert set(targets) >= {"8.0", "8.6", "8.9", "12.0"}
        assert "7.5" not in targets

    @pytest.mark.parametrize("precision", ["fp16", "int8"])
    def test_turing_on_request(self, make: Callable[..., Built], precision: str) -> None:
        assert make(precision, "7.5").compiled.targets == ("7.5",)

    def test_an_unknown_gpu(self, make: Callable[..., Built]) -> None:
        with pytest.raises(
            UsageError, match=r"does not support the compute capability '3\.5'; choose from 7\.5, 8\.0, 8\.6"
        ):
            make("fp16", "8.6", "3.5")

    def test_a_precision_that_a_gpu_lacks(self, make: Callable[..., Built], capfd: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(EngineError, match=r"cannot compile the network \(.*sm75.*\); choose another") as caught:
            make("bf16", "7.5")
        assert "\n" not in str(caught.value)
        assert "/_src/" not in str(caught.value)
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("content", [b"", b"no network", bytes(range(256))])
    def test_a_file_that_is_no_network(
        self, rtx: TensorRTForRTX, content: bytes, capfd: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(EngineError, match=r"tensorrt-rtx (cannot read|finds no input of) the network") as caught:
            rtx.compile(content, Batch(), ("8.6",))
        assert "\n" not in str(caught.value)
        assert capfd.readouterr() == ("", "")

    @pytest.mark.slow
    @pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16", "int8"])
    @pytest.mark.parametrize("name", networks.NAMES)
    def test_every_network(self, rtx: TensorRTForRTX, name: str, precision: str, tmp_path: Path) -> None:
        size = networks.size(name)
        manifest = dataclasses.replace(
            Manifest.load(EMOTIONNET), network=name, input=InputSpec(size, "grey", (0.5,), (0.25,))
        )
        noise = np.random.default_rng(1).integers(0, 256, (8, 1, size, size), np.uint8)
        faces = Calibration(noise, "noise") if precision == "int8" else None
        plan = Plan(precision=precision, targets=("8.6",), calibration=faces)
        assert rtx.build(manifest, normalised(name, noise), plan, tmp_path) == ("8.6",)

    # TensorRT for RTX still takes such a file, and says that it makes no use of it.
    @pytest.mark.filterwarnings("ignore:.*[Tt]iming cache:DeprecationWarning")
    def test_the_timing_of_kernels_is_kept(
        self, built: Built, rtx: TensorRTForRTX, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Timing(TensorRT):
            """TensorRT, whose package needs a GPU, on top of the package of TensorRT for RTX."""

            _module = "tensorrt_rtx"

        monkeypatch.setenv(build_cache.FOLDER, str(tmp_path / "engines"))
        content = end_to_end_graph(*read_network(EMOTIONNET))
        monkeypatch.setattr(cuda, "file_name", lambda gpu: f"GPU-{gpu}-8.6")
        path, other = (tmp_path / "engines" / f"timing-tensorrt-{rtx.version()}-GPU-{gpu}-8.6.cache" for gpu in (0, 1))
        Timing().compile(content, Batch(), ("8.6",))
        whole = path.read_bytes()
        path.write_bytes(b"damaged")
        Timing(1).compile(content, Batch(), ("8.6",))
        assert other.is_file()
        assert path.read_bytes() == b"damaged"
        Timing().compile(content, Batch(), ("8.6",))
        assert len(path.read_bytes()) == len(whole)


class TestInt8:
    """Explicit quantisation, as TensorRT expects it."""

    def test_only_weights_and_inputs_of_products_are_int8(self, int8: bytes) -> None:
        graph = onnx.load_from_string(int8).graph
        producers = {name: node.op_type for node in graph.node for name in node.output}
        for node in graph.node:
            if node.op_type in ("Conv", "Gemm"):
                data, weight, bias = node.input
                assert producers[data] == producers[weight] == "DequantizeLinear"
                assert bias not in producers
            if node.op_type == "QuantizeLinear":
                assert producers[node.input[0]] not in ("Conv", "Gemm")
        zeros = [tensor for tensor in graph.initializer if tensor.name.endswith("zero_point")]
        assert zeros
        assert all(tensor.data_type == onnx.TensorProto.INT8 for tensor in zeros)
        assert not any(onnx.numpy_helper.to_array(tensor).any() for tensor in zeros)

    def test_same_predictions(self, int8: bytes, faces: Faces) -> None:
        rows = evaluate(int8, faces)
        with PyTorchEngine.load(EMOTIONNET, "cpu", precision="fp32") as engine:
            exact = engine.classify(faces)
        assert np.abs(rows - exact).max() < 0.2
        assert (rows.argmax(1) != exact.argmax(1)).mean() < 0.03


class TestWhatDoesNotFit:
    """Mistakes, each reported in one line that says what to do."""

    def test_another_version(self, built: Built, rtx: TensorRTForRTX) -> None:
        mismatch = rtx.mismatch(dataclasses.replace(built.compiled, version="1.0.0"))
        assert mismatch == f"was built with tensorrt-rtx 1.0.0, but {rtx.version()} is installed"

    @pytest.mark.parametrize(
        ("target", "here", "runs"),
        [
            ("8.6", "8.6", True),
            ("8.6", "8.9", False),
            ("8.0+", "8.0", True),
            ("8.0+", "12.1", True),
            ("8.0+", "7.5", False),
        ],
    )
    def test_another_gpu(self, target: str, here: str, runs: bool) -> None:
        assert covers(target, here) == runs

    @without_gpu
    def test_no_gpu(self, built: Built, rtx: TensorRTForRTX) -> None:
        with pytest.raises(DeviceError, match=r"no NVIDIA GPU.*; use device=\"cpu\", or install NVIDIA's driver"):
            rtx.check()
        with pytest.raises(DeviceError, match="no NVIDIA GPU"):
            engines.load(built.folder)

    @pytest.mark.skipif(find_spec("tensorrt") is not None, reason="TensorRT is installed")
    def test_no_tensorrt(self, tmp_path: Path) -> None:
        with pytest.raises(
            MissingPackageError, match=rf"tensorrt .*; run: {re.escape(pip_install('fervid[tensorrt]'))}$"
        ):
            build(EMOTIONNET, get("tensorrt"), Plan(precision="fp16"), tmp_path / "built")

    @pytest.mark.skipif(find_spec("pycuda") is not None, reason="PyCUDA is installed")
    def test_no_pycuda(self, built: Built, rtx: TensorRTForRTX) -> None:
        with pytest.raises(
            MissingPackageError,
            match=rf"run: {re.escape(pip_install('fervid[tensorrt-rtx]'))} with nvcc of the driver's CUDA version",
        ):
            rtx.load(built.folder, Manifest.load(EMOTIONNET), built.compiled, 1)

    @pytest.mark.parametrize("keep", [0, 10, 5_000, -1])
    def test_a_truncated_engine_does_not_reach_tensorrt(
        self, make: Callable[..., Built], rtx: TensorRTForRTX, keep: int, tmp_path: Path, built: Built
    ) -> None:
        (tmp_path / "model.engine").write_bytes(built.compiled.content(built.folder, "model.engine")[:keep])
        with pytest.raises(EngineError, match=r"does not have the SHA-256 digest in compiled\.json"):
            rtx.load(tmp_path, Manifest.load(EMOTIONNET), built.compiled, 1)

    @pytest.mark.parametrize("content", [b"", b"no engine" * 100])
    def test_a_file_that_tensorrt_cannot_load(
        self, rtx: TensorRTForRTX, content: bytes, capfd: pytest.CaptureFixture[str]
    ) -> None:
        import tensorrt_rtx

        with pytest.raises(EngineError, match=rf"TensorRT cannot load 'm\.engine' \(.+\); {REBUILD}") as caught:
            Network(tensorrt_rtx, Path("m.engine"), content)
        assert "\n" not in str(caught.value)
        assert capfd.readouterr() == ("", "")


def test_the_first_error_is_the_reason_unless_it_only_misses_a_gpu() -> None:
    missing = "Cuda Runtime (cudaError 35: CUDA driver version is insufficient)"
    cause = "Cannot compile\n  this. In compileGraph at /_src/optimizer/generator.cpp:2012)"
    assert reason([missing, cause, "and so on"]) == "Cannot compile this.)"
    assert reason([missing]) == missing
    assert reason([]) == "no reason given"


class TestOrder:
    """The order of work on a GPU."""

    def test_a_part_begins_before_the_previous_one_ends(self) -> None:
        assert list(cuda_pipeline.turns(4, 2)) == [
            ("begin", 0),
            ("begin", 1),
            ("end", 0),
            ("begin", 2),
            ("end", 1),
            ("begin", 3),
            ("end", 2),
            ("end", 3),
        ]

    @given(parts=st.integers(0, 20), slots=st.integers(1, 4))
    def test_no_two_parts_share_buffers(self, parts: int, slots: int) -> None:
        taken: dict[int, int] = {}
        ended = []
        for step, at in cuda_pipeline.turns(parts, slots):
            if step == "begin":
                assert at % slots not in taken
                taken[at % slots] = at
            else:
                assert taken.pop(at % slots) == at
                ended.append(at)
        assert not taken
        assert ended == list(range(parts))

    @given(count=st.integers(1, 6), least=st.integers(1, 6))
    def test_small_batches_are_padded_with_the_last_image(self, count: int, least: int) -> None:
        part = np.arange(count * 4, dtype=np.uint8).reshape(count, 1, 2, 2)
        buffer = np.full((6, 1, 2, 2), 255, np.uint8)
        filled = cuda_pipeline.fill(buffer, part, least)
        assert filled == max(count, least)
        np.testing.assert_array_equal(buffer[:count], part)
        np.testing.assert_array_equal(buffer[count:filled], np.broadcast_to(part[-1], (filled - count, 1, 2, 2)))
        assert (buffer[filled:] == 255).all()
