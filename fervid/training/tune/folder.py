"""The files of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fervid.core.files import make_folder, remove, write_text
from fervid.errors import OutputError
from fervid.training.recipe import Recipe
from fervid.training.tune import plot
from fervid.training.tune.space import Space
from fervid.training.tune.trial import Trial, best, table


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a study writes.

    Attributes:
        root: The study's own folder.
        name: Of the recipe.
    """

    root: Path
    name: str

    @property
    def study(self) -> Path:
        """Every trial; what ``--resume`` goes on from."""
        return self.root / "study.sqlite"

    @property
    def table(self) -> Path:
        """The trials for people and spreadsheets."""
        return self.root / "trials.csv"

    @property
    def plot(self) -> Path:
        """The trials as a picture."""
        return self.root / "trials.png"

    @property
    def recipe(self) -> Path:
        """The recipe with the best values; its file's name will be that of the engine."""
        return self.root / f"{self.name}-tuned.toml"

    @property
    def checkpoint(self) -> Path:
        """Of the trial that runs; it goes when the trial is over."""
        return self.root / "trial.safetensors"

    def prepare(self, *, resume: bool, overwrite: bool) -> None:
        """Make the folder, and remove what an earlier study left there where it is not gone on with.

        Raises:
            OutputError: There is an earlier study and neither `resume` nor `overwrite`; or there is none to resume; or
                the folder cannot be made.
        """
        there = self.study.exists()
        if resume and not there:
            raise OutputError(f"{self.study} does not exist, so there is nothing to go on with", "leave out --resume")
        if there and not resume and not overwrite:
            raise OutputError(
                f"{self.root} holds a study already", "go on with --resume, or start anew with --overwrite"
            )
        if self.recipe.exists() and not resume and not overwrite:
            raise OutputError(f"{self.recipe} is there already", "choose another -o, or replace it with --overwrite")
        make_folder(self.root)
        if not resume:
            for path in (self.study, self.table, self.plot, self.recipe):
                remove(path)

    def write(self, trials: Sequence[Trial], recipe: Recipe, space: Space) -> None:
        """Write the table, and where a trial was complete the picture and the best recipe.

        Raises:
            OutputError: A file cannot be written.
        """
        write_text(self.table, table(trials))
        chosen = best(trials)
        if chosen is None:
            return
        says = f"Trial {chosen.number} of {len(trials)} by fervid tune: {chosen.accuracy:.2%} on public_test."
        write_text(self.recipe, f"# {says}\n\n{recipe.replace(**chosen.values).dump()}")
        plot.draw(trials, chosen, space, self.plot)
