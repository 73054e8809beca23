"""A check of the installation: what is there, what is missing, and how to get it."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from typing import Final

from fervid import __version__
from fervid.core.packages import REQUIRED, require
from fervid.core.plurals import counted
from fervid.errors import FervidError
from fervid.run.option_flags import with_flags

_OPTIONAL: Final = {
    "pandas": ("pandas", "pandas"),
    "pyarrow": ("pyarrow", "parquet"),
    "dlib": ("dlib-bin", "identity"),
    "pylsl": ("pylsl", "lsl"),
    "pythonosc": ("python-osc", "osc"),
    "pyvirtualcam": ("pyvirtualcam", "virtual-camera"),
    "matplotlib": ("matplotlib", "plot"),
    "sklearn": ("scikit-learn", "train"),
    "optuna": ("optuna", "tune"),
    "onnx": ("onnx", "onnx"),
    "onnxscript": ("onnxscript", "onnx"),
    "nncf": ("nncf", "openvino"),
    "tensorboard": ("tensorboard", "tensorboard"),
    "ray": ("ray", "ray"),
}
"""Modules that some commands need: the package that holds each, and the extra that brings it."""

_ON_GPUS: Final = {"tensorrt": "tensorrt", "tensorrt_rtx": "tensorrt-rtx", "pycuda": "tensorrt"}
"""Modules that are of use only with an NVIDIA GPU, and the backends that need them."""

_CPU_INDEX: Final = "https://download.pytorch.org/whl/cpu"
"""The package index of the builds of torch that run on the CPU alone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        topic: The thing that was looked for.
        found: What was found of it.
        remedy: The way to get it; empty when all is well.
        needed: False for a thing that fervid can do without.
    """

    topic: str
    found: str
    remedy: str = ""
    needed: bool = True


def examine() -> Iterator[Finding]:
    """Yield one finding after the other. It takes a few seconds, because the heavy packages are imported."""
    yield Finding("fervid", __version__)
    yield Finding("Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}")
    for module, install in REQUIRED.items():
        yield _package(module, install.partition("<")[0], install, needed=True)
    yield from _needless_cuda()
    yield from _cpu_backends()
    for module, (package, extra) in _OPTIONAL.items():
        yield _package(module, package, f"fervid[{extra}]", needed=False)
    for module, backend in _ON_GPUS.items():
        if _has_gpu() or find_spec(module) is not None:
            yield _gpu_package(module, backend)
    yield _cache()
    yield from _detectors()
    yield from _engines()
    yield from _encoder()
    yield _cpu()
    yield _gpu()
    yield from _cuda()
    yield from _networks()


def _package(module: str, package: str, install: str, *, needed: bool) -> Finding:
    try:
        require(module, install)
        return Finding(package, version(package))
    except FervidError as error:
        return Finding(package, error.problem, with_flags(error.remedy), needed)
    except PackageNotFoundError:  # another package brings the same module, as opencv-python does with cv2
        return Finding(package, f"{module} comes from another package", f"run: pip install '{install}'", needed=False)


def _needless_cuda() -> Iterator[Finding]:
    """Yield that torch was built for CUDA, if there is no driver, and how to get the build for the CPU."""
    from fervid.engines.backends import cuda

    try:
        import torch
    except (ImportError, OSError):
        return
    if torch.version.cuda is None or cuda.supported_version() != (0, 0):
        return
    release = version("torch").partition("+")[0]
    packages = " ".join(["torch", *_cuda_packages("torch")])
    yield Finding(
        "torch for CUDA",
        f"built for CUDA {torch.version.cuda}, but there is no NVIDIA GPU or no driver for it",
        "without a GPU, save gigabytes of disk space; "
        f"run: pip uninstall {packages}, then: pip install torch=={release} --index-url {_CPU_INDEX}",
        needed=False,
    )


def _cuda_packages(package: str) -> list[str]:
    """Return the installed packages for CUDA that a package needs, directly or not, in alphabetical order."""
    found: set[str] = set()
    waiting = [package]
    while waiting:
        for requirement in requires(waiting.pop()) or []:
            name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
            if name in found or not re.match("nvidia-|cuda-|triton", name):
                continue
            try:
                version(name)
            except PackageNotFoundError:
                continue
            found.add(name)
            waiting.append(name)
    return sorted(found)


def _gpu_package(module: str, backend: str) -> Finding:
    from fervid.engines.backends.tensorrt import extra

    install = f"fervid[{extra(backend)}]"
    finding = _package(module, module, install, needed=False)
    if module == "pycuda":
        return _on_driver(finding, install)
    if not finding.remedy:
        return finding
    try:  # TensorRT's packages for each version of CUDA have names of their own
        return Finding(module, str(require(module, install).__version__))
    except FervidError:
        return finding


def _on_driver(pycuda: Finding, install: str) -> Finding:
    """Return what was found of PyCUDA, or why it does not run on the driver, which importing the package hides."""
    from fervid.engines.backends import cuda

    if not _has_gpu():
        return pycuda
    try:
        cuda.driver(install)
    except FervidError as error:
        return Finding(pycuda.topic, error.problem, with_flags(error.remedy), needed=False)
    return pycuda


def _cpu_backends() -> Iterator[Finding]:
    # OpenVINO must be imported by its backend first, which keeps it from reporting its use over the network.
    from fervid.engines import backends

    for name in ("openvino", "onnx"):
        package = {"onnx": "onnxruntime"}.get(name, name)
        try:
            yield Finding(package, backends.get(name).version())
        except FervidError as error:
            yield Finding(package, error.problem, with_flags(error.remedy), needed=False)


def _cache() -> Finding:
    from fervid.core import cache

    folder = cache.root()
    if cache.is_writable(folder):
        return Finding("cache", str(folder))
    remedy = f"models and compiled engines are kept for one run only; name another folder in {cache.FOLDER}"
    return Finding("cache", f"{folder} cannot be written", remedy, needed=False)


def _detectors() -> Iterator[Finding]:
    from fervid.detect import assets
    from fervid.detect.blazeface import runtime

    for name in assets.MODELS:
        path = assets.located(name)
        if path is not None:
            yield Finding(f"detector {name}", f"{path}, run by {runtime()}")
        else:
            yield Finding(
                f"detector {name}",
                "its model is not on this machine yet",
                "it is downloaded at first use (35 MB, once); offline, name a folder that holds it in FERVID_ASSETS",
                needed=False,
            )
    try:
        from fervid.detect.haar import cascade

        yield Finding("detector haar", str(cascade("frontalface")))
    except (FervidError, ImportError) as error:
        yield Finding("detector haar", str(error), f"run: pip install '{REQUIRED['cv2']}'", needed=False)


def _engines() -> Iterator[Finding]:
    from fervid import engines
    from fervid.engines.manifest import Manifest

    for name in engines.shipped():
        try:
            manifest = Manifest.load(engines.resolve(name))
            yield Finding(f"engine {name}", f"{manifest.network}, {len(manifest.classes)} classes")
        except FervidError as error:
            yield Finding(f"engine {name}", error.problem, with_flags(error.remedy))


def _encoder() -> Iterator[Finding]:
    try:
        import av

        av.codec.Codec("libx264", "w")
        yield Finding("H.264 encoder", "libx264")
    except ImportError:
        return
    except ValueError:
        yield Finding("H.264 encoder", "PyAV was built without libx264", "run: pip install --force-reinstall av")


def _has_gpu() -> bool:
    from fervid.engines.backends import cuda

    try:
        return bool(cuda.capabilities())
    except FervidError:
        return False


def _cpu() -> Finding:
    from fervid.core.machine import cores

    return Finding("CPU", counted(cores(), "core"))


def _gpu() -> Finding:
    from fervid.engines.backends import cuda

    try:
        gpus = f"NVIDIA, compute capability {', '.join(cuda.capabilities())}"
    except FervidError as error:
        return Finding("GPU", error.problem, needed=False)
    try:
        import torch
    except (ImportError, OSError):
        return Finding("GPU", f"{gpus}; unknown to PyTorch, which is missing", needed=False)
    if torch.cuda.is_available():
        return Finding("GPU", f"{torch.cuda.get_device_name()}, {gpus}")
    reason = "this torch is built for the CPU" if torch.version.cuda is None else "torch does not see it"
    return Finding("GPU", f"{gpus}; {reason}", "install a CUDA build of torch (pytorch.org/get-started)", needed=False)


def _cuda() -> Iterator[Finding]:
    """Yield which versions of CUDA go together here, if there is a driver."""
    from fervid.engines.backends import cuda
    from fervid.engines.backends.tensorrt import extra

    driver, toolkit = cuda.supported_version(), cuda.toolkit_version()
    if driver == (0, 0):
        return
    newest = "CUDA {}.{}".format(*driver)
    found = f"driver for {newest} and older, which fervid[{extra('tensorrt')}] fits"
    if toolkit is None:
        yield Finding("CUDA", f"{found}; no toolkit (nvcc)")
    elif toolkit <= driver:
        yield Finding("CUDA", "{}; toolkit {}.{}".format(found, *toolkit))
    else:
        yield Finding(
            "CUDA",
            "{}; toolkit {}.{} is newer".format(found, *toolkit),
            f"build PyCUDA with the toolkit of {newest} or older, or update NVIDIA's driver",
            needed=False,
        )


def _networks() -> Iterator[Finding]:
    """Yield where networks run, and why not on anything faster."""
    from fervid.engines.choice import fastest

    try:
        name, device, obstacles = fastest()
    except (FervidError, ImportError, OSError):  # reported above, as packages that are missing
        return
    yield Finding("networks run on", f"{name}, {device}{obstacles}")
