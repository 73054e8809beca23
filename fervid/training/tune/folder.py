"""The files of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fervid.core.files import remove, write_text
from fervid.errors import OutputError
from fervid.training.claim import claimed
from fervid.training.recipe import Recipe
from fervid.training.tune import plot
from fervid.training.tune.space import Space
from fervid.training.tune.trial import Trial, best, table


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a study.

    Attributes:
        root: The folder of the study.
        name: The name of the recipe.
    """

    root: Path
    name: str

    @property
    def study(self) -> Path:
        """The database of trials, from which ``--resume`` continues."""
        return self.root / "study.sqlite"

    @property
    def table(self) -> Path:
        """The trials as CSV."""
        return self.root / "trials.csv"

    @property
    def plot(self) -> Path:
        """The trials as an image."""
        return self.root / "trials.png"

    @property
    def recipe(self) -> Path:
        """The recipe with the best values; its name becomes that of the engine."""
        return self.root / f"{self.name}-tuned.toml"

    @property
    def checkpoint(self) -> Path:
        """The checkpoint of the running trial, removed when the trial ends."""
        return self.root / "trial.safetensors"

    @contextmanager
    def prepared(self, *, resume: bool, overwrite: bool) -> Iterator[None]:
        """Create the folder, keep it for this process during the block, and remove an earlier study unless resumed.

        Raises:
            OutputError: There is an earlier study and neither `resume` nor `overwrite` is given; or there is none to
                resume; or another process uses the folder, or it cannot be created.
        """
        with claimed(self.root):
            self._refuse(resume=resume, overwrite=overwrite)
            if not resume:
                for path in (self.study, self.table, self.plot, self.recipe):
                    remove(path)
            yield

    def _refuse(self, *, resume: bool, overwrite: bool) -> None:
        there = self.study.exists()
        if resume and not there:
            raise OutputError(f"there is no study to resume: '{self.study}' does not exist", "leave out --resume")
        if there and not resume and not overwrite:
            raise OutputError(
                f"'{self.root}' already contains a study", "continue it with --resume, or start again with --overwrite"
            )
        if self.recipe.exists() and not resume and not overwrite:
            raise OutputError(f"'{self.recipe}' exists already", "choose another -o, or replace it with --overwrite")

    def write(self, trials: Sequence[Trial], recipe: Recipe, space: Space) -> None:
        """Write the table and, if any trial is complete, the plot and the best recipe.

        Raises:
            OutputError: A file cannot be written.
        """
        write_text(self.table, table(trials))
        chosen = best(trials)
        if chosen is None:
            return
        comment = f"Trial {chosen.number} of {len(trials)} by fervid tune: {chosen.accuracy:.2%} on public_test."
        write_text(self.recipe, f"# {comment}\n\n{recipe.replace(**chosen.values).dump()}")
        plot.draw(trials, chosen, space, self.plot)
