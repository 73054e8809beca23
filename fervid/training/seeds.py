"""Random numbers that depend on nothing but numbers given, so that a resumed run draws the same ones."""

from __future__ import annotations

import numpy as np
import torch
from torch import Generator


def seeded(*numbers: int) -> Generator:
    """Return a generator seeded from `numbers`, and seed torch's global one, which dropout uses."""
    seed = int(np.random.SeedSequence(numbers).generate_state(1)[0])
    torch.manual_seed(seed)
    return Generator().manual_seed(seed)
