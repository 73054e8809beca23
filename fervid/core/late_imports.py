"""Modules that are imported only when something of them is used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from typing_extensions import override


@contextmanager
def imported_later(*names: str) -> Iterator[None]:
    """Keep modules from being imported in the block, by a package that needs them for a few of its functions alone.

    The package gets modules in their place that import the real ones when they are used. What is imported already stays
    as it is.

    Args:
        names: The names of the modules, each package before its modules.
    """
    later = {name: _Later(name) for name in names if name not in sys.modules}
    for name, module in later.items():
        package, _, own = name.rpartition(".")
        if package in later:
            setattr(later[package], own, module)
    sys.modules.update(later)
    try:
        yield
    finally:
        for module in later.values():
            module.give_way()


class _Later(ModuleType):
    """A module in place of one that is imported when an attribute of it is asked for."""

    @override
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # whoever inspects all modules asks for these, and uses nothing of them
            raise AttributeError(name)
        for module in list(sys.modules.values()):
            if isinstance(module, _Later):
                module.give_way()
        return getattr(import_module(self.__name__), name)

    def give_way(self) -> None:
        """Let the next import find the real module."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
