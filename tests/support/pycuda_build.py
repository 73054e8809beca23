"""The needs of the marker `cuda_bench`: PyCUDA, built from source against a made-up driver, and bindings of TensorRT.

    python tests/support/pycuda_build.py

builds PyCUDA in about a minute, fetches the Python bindings of some releases of TensorRT, and keeps both in the user's
cache folder, outside of every environment: what serves tests alone must not be found by anything else.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

VERSION = "2026.1"
FOLDER = user_cache_path("fervid-tests") / f"pycuda-{VERSION}-{sys.implementation.cache_tag}-{platform.machine()}"
SOURCE = Path(__file__).resolve().parent.parent / "engines" / "cuda_bench" / "driver.c"
HEADERS = ("nvidia-cuda-runtime==13.0.*", "nvidia-cuda-profiler-api==13.0.*")
"""NVIDIA's wheels that hold the headers PyCUDA includes, where no toolkit is installed."""

BINDINGS = (
    "tensorrt-cu12-bindings==10.7.0",
    "tensorrt-cu12-bindings==10.16.1.11",
    "tensorrt-cu13-bindings==11.0.0.114",
    "tensorrt-cu13-bindings==11.4.0.106",
)
"""The releases of TensorRT whose bindings must have all that fervid uses; a new one is a line."""

_SYMBOLS = (
    "createInferBuilder_INTERNAL",
    "createInferRefitter_INTERNAL",
    "createInferRuntime_INTERNAL",
    "createNvOnnxParserRefitter_INTERNAL",
    "createNvOnnxParser_INTERNAL",
    "getBuilderPluginRegistry",
    "getNvOnnxParserVersion",
    "getPluginRegistry",
    "initLibNvInferPlugins",
)
"""The functions of TensorRT's libraries that its bindings link against."""

_SETTINGS = """
CUDA_INC_DIR = [{include!r}]
CUDADRV_LIB_DIR = [{library!r}]
CUDA_ENABLE_CURAND = False
CXXFLAGS = ["-O0", "-g0", "-w"]
"""


def missing() -> str:
    """Return what is missing to run the tests, in words; empty where all is there."""
    if sys.platform != "linux":
        return "the made-up driver is written for Linux"
    if shutil.which("cc") is None:
        return "no C compiler found"
    if not (FOLDER / "pycuda").is_dir():
        return "PyCUDA is not built; run: python tests/support/pycuda_build.py"
    if absent := [name for name in BINDINGS if not bindings_folder(name).is_dir()]:
        return f"PyCUDA is there, but not {', '.join(absent)}; run: python tests/support/pycuda_build.py"
    return ""


def bindings_folder(requirement: str) -> Path:
    """Return the folder of some bindings, whether they were fetched or not."""
    return FOLDER.parent / f"{requirement.replace('==', '-')}-{sys.implementation.cache_tag}"


def compile_stubs(folder: Path, major: str) -> None:
    """Compile libraries that hold the names of the functions of TensorRT's and nothing else."""
    source = folder / "stubs.c"
    source.write_text("".join(f"void *{symbol}(void) {{ return 0; }}\n" for symbol in _SYMBOLS))
    for name in ("nvinfer", "nvinfer_plugin", "nvonnxparser"):
        library = f"lib{name}.so.{major}"
        flags = ["-shared", "-fPIC", f"-Wl,-soname,{library}"]
        subprocess.run(["cc", *flags, "-o", str(folder / library), str(source)], check=True)


def compile_driver(folder: Path, *, without: str = "") -> Path:
    """Compile the made-up driver and return the path of the library.

    Args:
        folder: The folder for the library.
        without: The function that it lacks, as an older driver does; empty for none.
    """
    library = folder / "libcuda.so.1"
    flags = ["-std=gnu11", "-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-pthread", "-Wl,-soname,libcuda.so.1"]
    if without:
        script = folder / "exported.map"
        script.write_text(f"{{ local: {without}; }};")
        flags.append(f"-Wl,--version-script={script}")
    subprocess.run(["cc", *flags, "-o", str(library), str(SOURCE)], check=True)
    return library


def toolkit_headers() -> Path | None:
    """Return the folder of the headers of an installed CUDA toolkit; None if there is none."""
    nvcc = shutil.which("nvcc")
    roots = [
        os.environ.get("CUDA_HOME", ""),
        str(Path(nvcc).resolve().parent.parent) if nvcc else "",
        "/usr/local/cuda",
    ]
    folders = [Path(root, "include") for root in roots if root]
    return next((folder for folder in folders if (folder / "cuda.h").is_file()), None)


def build() -> None:
    """Build PyCUDA and install it into `FOLDER`."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        shutil.copy(compile_driver(home), home / "libcuda.so")
        include = toolkit_headers()
        if include is None:
            pip("install", "--no-deps", "--target", str(home / "headers"), *HEADERS)
            include = next((home / "headers").rglob("cuda.h")).parent
        # PyCUDA's build reads its settings from this file in the home folder.
        (home / ".aksetup-defaults.py").write_text(_SETTINGS.format(include=str(include), library=str(home)))
        configuration = {"XDG_CONFIG_HOME": str(Path("~/.config").expanduser())}  # pip's own settings stay
        environment = configuration | os.environ | {"HOME": str(home)}
        partial = home / "site"
        # pip must not keep the wheel, which the user's own `pip install pycuda` would get.
        options = ["--no-cache-dir", "--no-binary", "pycuda", "--target", str(partial)]
        pip("install", *options, f"pycuda=={VERSION}", environment=environment)
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.copytree(partial, FOLDER)


def pip(*arguments: str, environment: dict[str, str] | None = None) -> None:
    """Run pip, quietly."""
    subprocess.run([sys.executable, "-m", "pip", *arguments, "--quiet"], env=environment, check=True)


def main() -> int:
    """Build PyCUDA and fetch the bindings, unless that was done before, and return the exit code."""
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        sys.stderr.write("Python's headers are missing; install python3-dev\n")
        return 1
    if missing().startswith("PyCUDA"):
        if not (FOLDER / "pycuda").is_dir():
            build()
        for requirement in BINDINGS:
            if not bindings_folder(requirement).is_dir():
                pip("install", "--no-deps", "--target", str(bindings_folder(requirement)), requirement)
    if reason := missing():
        sys.stderr.write(f"{reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
