"""The base of all surfaces: one kind of input that strangers made, and the code that reads it."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from fuzz_mutations import mutate_bytes


class Surface(ABC):
    """One kind of input, and the code that reads it.

    Args:
        folder: An empty folder for the inputs and what is made of them.
    """

    share: float
    """The share of all inputs that are of this kind."""

    words: Sequence[bytes] = ()
    """Pieces that mean something in the format."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seeds = self.make_seeds()
        self._names = sorted(self.seeds)

    @abstractmethod
    def make_seeds(self) -> Mapping[str, bytes]:
        """Return valid inputs by name."""

    @abstractmethod
    def read(self, path: Path) -> None:
        """Read one input.

        Raises:
            FervidError: The input is refused.
        """

    def close(self) -> None:  # noqa: B027 most surfaces have nothing to release
        """Release what reading needs."""

    def mutated(self, chance: random.Random) -> tuple[str, bytes]:
        """Return the name and the content of one input."""
        name = chance.choice(self._names)
        return name, mutate_bytes(self.seeds[name], self.seeds[chance.choice(self._names)], chance, self.words)

    def try_input(self, chance: random.Random) -> None:
        """Make one input and read it.

        Raises:
            FervidError: It is refused.
        """
        name, content = self.mutated(chance)
        path = self.folder / name
        path.write_bytes(content)
        self.read(path)
