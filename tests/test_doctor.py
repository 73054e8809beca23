"""The report on an installation: backends, GPUs and where networks run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.installed_sizes import Project
from fervid import doctor
from fervid.core.packages import pip_install
from fervid.engines.backends import cuda
from fervid.errors import DeviceError, MissingPackageError


def lines() -> dict[str, doctor.Finding]:
    return {finding.topic: finding for finding in doctor.examine()}


def test_packages_of_the_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    found = lines()
    assert found["openvino"].remedy == "run: " + pip_install("fervid[openvino]")
    assert not found["openvino"].needed
    assert found["onnxruntime"].remedy == ""
    assert "nncf" in found


def test_every_extra_that_needs_no_gpu_is_named() -> None:
    named = {extra for _, extra in doctor._OPTIONAL.values()}
    others = {extra for extra in Project().extras if extra.startswith("tensorrt")} | {"dev", "docs", "fuzz"}
    assert named == Project().extras.keys() - others
    assert {package for package, _ in doctor._OPTIONAL.values()} <= lines().keys()


def test_without_a_gpu_nothing_of_nvidia_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> tuple[str, ...]:
        raise DeviceError("NVIDIA's driver sees no GPU", "use --device cpu")

    monkeypatch.setattr(cuda, "capabilities", none)
    monkeypatch.setattr(doctor, "find_spec", lambda _: None)
    found = lines()
    assert found["GPU"].found == "NVIDIA's driver sees no GPU"
    assert found["GPU"].remedy == ""
    assert "core" in found["CPU"].found
    assert found["networks run on"].found == (
        "openvino, cpu; not on tensorrt, tensorrt-rtx, pytorch on cuda: NVIDIA's driver sees no GPU"
    )
    assert not {"tensorrt", "tensorrt_rtx", "pycuda"} & found.keys()


def test_with_a_gpu_what_makes_use_of_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda, "capabilities", lambda: ("8.9", "9.0"))
    for module in ("tensorrt", "pycuda"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    found = lines()
    assert found["tensorrt"].remedy == "run: " + pip_install("fervid[tensorrt]")
    assert found["pycuda"].remedy.startswith(f"{found['tensorrt'].remedy} with nvcc of ")
    assert found["GPU"].found.startswith("NVIDIA, compute capability 8.9, 9.0; ")
    assert found["GPU"].remedy == "install a CUDA build of torch (pytorch.org/get-started)"


def install(folder: Path, name: str, *requirements: str) -> None:
    """Write the metadata of an installed package."""
    metadata = folder / f"{name.replace('-', '_')}-2.13.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    needs = "".join(f"Requires-Dist: {requirement}\n" for requirement in requirements)
    metadata.write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 2.13.0\n{needs}", encoding="utf-8")


def test_a_build_of_torch_for_cuda_without_a_driver_has_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cuda.supported_version() == (0, 0) or pytest.skip("there is a driver")
    linux = 'platform_system == "Linux"'
    needs = (f"cuda-toolkit[cublas]==13.0.2; {linux}", f"triton==3.7.0; {linux}", "nvidia-missing>=2", "sympy>=1.13")
    install(tmp_path, "torch", *needs)
    install(tmp_path, "cuda-toolkit", "nvidia-cublas==13.1.0; extra == 'cublas'", "cuda-toolkit; extra == 'all'")
    install(tmp_path, "nvidia-cublas")
    install(tmp_path, "triton", "numpy; extra == 'tests'")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("torch.version.cuda", "13.0")
    found = lines()["torch for CUDA"]
    assert found.found == "built for CUDA 13.0, but there is no NVIDIA GPU or no driver for it"
    assert found.remedy == (
        "without a GPU, save gigabytes of disk space; run: pip uninstall torch cuda-toolkit nvidia-cublas triton, "
        "then: pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu"
    )
    assert not found.needed


@pytest.mark.parametrize(("toolkit", "driver"), [("13.0", (13, 0)), (None, (13, 0)), (None, (0, 0))])
def test_other_builds_of_torch_are_as_they_should_be(
    monkeypatch: pytest.MonkeyPatch, toolkit: str | None, driver: tuple[int, int]
) -> None:
    monkeypatch.setattr("torch.version.cuda", toolkit)
    monkeypatch.setattr(cuda, "supported_version", lambda: driver)
    assert list(doctor._needless_cuda()) == []


@pytest.mark.parametrize(("driver", "newest"), [((12, 4), "CUDA 12.4"), ((0, 0), "the driver's CUDA version")])
def test_pycuda_that_is_newer_than_the_driver_has_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: tuple[int, int], newest: str
) -> None:
    problem = "/x/lib/python3.11/site-packages/pycuda/_driver.cpython-311-x86_64-linux-gnu.so: undefined symbol: cuNew"
    (tmp_path / "pycuda").mkdir()
    (tmp_path / "pycuda" / "__init__.py").touch()
    (tmp_path / "pycuda" / "driver.py").write_text(f"raise ImportError({problem!r})")
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in [name for name in sys.modules if name.partition(".")[0] == "pycuda"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(cuda, "supported_version", lambda: driver)
    with pytest.raises(MissingPackageError) as caught:
        cuda.driver("pycuda")
    monkeypatch.setattr(cuda, "capabilities", lambda: ("8.9",))
    assert str(caught.value) == (
        f"PyCUDA was built with a newer CUDA toolkit than {newest}, which the driver supports; update NVIDIA's driver, "
        f"or put nvcc of {newest} or older on the PATH and run: pip install --force-reinstall --no-cache-dir --no-deps "
        "pycuda"
    )
    found = doctor._gpu_package("pycuda", "tensorrt")
    assert (found.found, found.remedy, found.needed) == (caught.value.problem, caught.value.remedy, False)
    monkeypatch.delitem(sys.modules, "pycuda")


def test_the_cache_folder_and_how_to_name_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERVID_CACHE", str(tmp_path / "cache"))
    (found,) = (finding for finding in doctor.examine() if finding.topic == "cache")
    assert (found.found, found.remedy) == (str(tmp_path / "cache"), "")
    (tmp_path / "file").write_text("no folder can be made in it")
    monkeypatch.setenv("FERVID_CACHE", str(tmp_path / "file" / "cache"))
    (found,) = (finding for finding in doctor.examine() if finding.topic == "cache")
    assert found.found == f"{tmp_path / 'file' / 'cache'} cannot be written"
    assert "name another folder in FERVID_CACHE" in found.remedy
    assert not found.needed


@pytest.mark.parametrize(
    ("driver", "toolkit", "said", "remedy"),
    [
        ((0, 0), (13, 0), None, ""),
        ((13, 0), (13, 0), "driver for CUDA 13.0 and older, which fervid[tensorrt] fits; toolkit 13.0", ""),
        ((12, 4), None, "driver for CUDA 12.4 and older, which fervid[tensorrt-cu12] fits; no toolkit (nvcc)", ""),
        (
            (12, 4),
            (13, 0),
            "driver for CUDA 12.4 and older, which fervid[tensorrt-cu12] fits; toolkit 13.0 is newer",
            "build PyCUDA with the toolkit of CUDA 12.4 or older, or update NVIDIA's driver",
        ),
    ],
)
def test_which_versions_of_cuda_go_together(
    monkeypatch: pytest.MonkeyPatch,
    driver: tuple[int, int],
    toolkit: tuple[int, int] | None,
    said: str | None,
    remedy: str,
) -> None:
    monkeypatch.setattr(cuda, "supported_version", lambda: driver)
    monkeypatch.setattr(cuda, "toolkit_version", lambda: toolkit)
    findings = [(finding.found, finding.remedy) for finding in doctor._cuda()]
    assert findings == ([] if said is None else [(said, remedy)])
