"""Modules whose import waits until they are used."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fervid.core.late_imports import imported_later


@pytest.fixture(autouse=True)
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package ``heavy_one`` with a module, and a package ``light_one`` that draws with it."""
    (tmp_path / "heavy_one").mkdir()
    (tmp_path / "heavy_one" / "__init__.py").write_text("ready = True\n")
    (tmp_path / "heavy_one" / "drawing.py").write_text("import heavy_one\ndef draw(): return heavy_one.ready\n")
    (tmp_path / "light_one.py").write_text(
        "import heavy_one\nimport heavy_one.drawing as drawing\ndef draw(): return drawing.draw()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("heavy_one", "heavy_one.drawing", "light_one"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_a_module_is_imported_when_it_is_used() -> None:
    with imported_later("heavy_one", "heavy_one.drawing"):
        import light_one  # type: ignore[import-not-found]
    assert not {"heavy_one", "heavy_one.drawing"} & set(sys.modules)
    assert not hasattr(light_one.drawing, "__path__")
    assert "heavy_one" not in sys.modules
    assert light_one.draw() is True
    assert light_one.heavy_one.ready is True
    assert type(sys.modules["heavy_one"]).__name__ == "module"


def test_it_may_be_used_in_the_block_too() -> None:
    with imported_later("heavy_one", "heavy_one.drawing"):
        import light_one

        assert light_one.draw() is True
    assert type(sys.modules["heavy_one.drawing"]).__name__ == "module"


def test_what_is_imported_already_stays() -> None:
    import heavy_one.drawing  # type: ignore[import-not-found]

    with imported_later("heavy_one", "heavy_one.drawing"):
        import light_one
    assert light_one.drawing is sys.modules["heavy_one.drawing"]
    assert light_one.heavy_one is heavy_one


def test_a_module_that_is_not_installed_is_missed_when_it_is_used() -> None:
    with imported_later("absent_one"):
        import absent_one  # type: ignore[import-not-found]
    with pytest.raises(ModuleNotFoundError, match="absent_one"):
        absent_one.anything  # noqa: B018
