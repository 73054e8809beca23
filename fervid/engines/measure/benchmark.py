"""The outcome of ``fervid bench``: cost, timings and comparisons of one trained engine's candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fervid.core import machine
from fervid.engines.manifest import Manifest
from fervid.engines.measure.candidates import Candidates
from fervid.engines.measure.comparison import Comparison
from fervid.engines.measure.timing import Timing
from fervid.networks.cost import Cost

PRIVATE_TEST: Final = "private_test"
"""Split whose accuracy a manifest states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """Timings and comparisons of candidates.

    Attributes:
        manifest: Manifest of the trained engine.
        candidates: Engines that were measured.
        threads: Number of CPU threads.
        images: Description of the images, as shown to users.
        rounds: For each batch size, the timings by the names of the candidates; the reference comes first.
        comparisons: Comparisons with the reference by the names of the candidates; empty if there were no faces.
    """

    manifest: Manifest
    candidates: Candidates
    threads: int
    images: str
    rounds: Sequence[Mapping[str, Timing]]
    comparisons: Mapping[str, Comparison]

    @property
    def cost(self) -> Cost:
        """The parameters and multiply-adds of the network."""
        spec = self.manifest.input
        return Cost.of(self.manifest.network, len(self.manifest.classes), spec.channels, spec.size)

    def accuracy(self, name: str) -> float | None:
        """Return the accuracy, 0 to 1, of a candidate.

        It is measured where there were labelled faces. Otherwise it is the one on private_test that the manifest
        states, which holds in float32 and, but for rounding, in all precisions except int8.

        Returns:
            The accuracy; None if it is not known.
        """
        if self.comparisons:
            return self.comparisons[name].accuracy
        return None if name.endswith(" int8") else self.manifest.accuracy.get(PRIVATE_TEST)

    @property
    def obstacles(self) -> dict[str, list[str]]:
        """The names of the candidates that cannot run, by the reason."""
        reasons: dict[str, list[str]] = {}
        for name, error in self.candidates.left_out.items():
            reasons.setdefault(str(error), []).append(name)
        return reasons

    def document(self) -> dict[str, Any]:
        """Return everything that was measured, ready for JSON."""
        cost = self.cost
        return {
            "engine": {
                "name": self.manifest.name,
                "network": self.manifest.network,
                "sha256": self.manifest.sha256,
                "parameters": cost.parameters,
                "multiply_adds": cost.multiply_adds,
                "accuracy": dict(self.manifest.accuracy),
            },
            "machine": machine.describe(),
            "threads": self.threads,
            "images": self.images,
            "timings": [row for timings in self.rounds for row in self._rows(timings)],
            "comparisons": {name: comparison.document() for name, comparison in self.comparisons.items()},
            "left_out": {name: str(error) for name, error in self.candidates.left_out.items()},
        }

    def _rows(self, timings: Mapping[str, Timing]) -> list[dict[str, Any]]:
        reference = next(iter(timings.values()))
        return [
            {
                "engine": name,
                "backend": self.candidates.engines[name].backend,
                "device": self.candidates.engines[name].device,
                **timing.document(),
                "ms_a_face": round(1000 * timing.median / timing.faces, 4),
                "ratio": round(timing.speed_up(reference), 4),
            }
            for name, timing in timings.items()
        ]
