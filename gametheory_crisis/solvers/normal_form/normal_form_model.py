"""A game in normal form as a smooth model: values of actions and their derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from gametheory_crisis.solvers.normal_form.logit_path import FloatArray


class NormalFormModel:
    """A game in normal form as `logit_path.trace` sees it.

    Parameters
    ----------
    tables : per player the payoffs, of the game's shape
    """

    def __init__(self, tables: Sequence[FloatArray]) -> None:
        self._tables = [np.asarray(table, dtype=float) for table in tables]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of actions of each player."""
        return self._tables[0].shape

    def values(self, logs: FloatArray) -> FloatArray:
        """What each action is worth against the others' probabilities."""
        return self.worth(np.exp(logs))

    def jacobian(self, logs: FloatArray) -> FloatArray:
        """Derivatives of the values by the logarithms."""
        probabilities = np.exp(logs)
        return self.slopes(probabilities) * probabilities

    def worth(self, probabilities: FloatArray) -> FloatArray:
        """(n,) values as a function of the probabilities."""
        parts = self.split(probabilities)
        return np.concatenate(
            [self._summed(table, parts, (i,)) for i, table in enumerate(self._tables)]
        )

    def slopes(self, probabilities: FloatArray) -> FloatArray:
        """(n, n) derivatives of the values by the probabilities."""
        parts, sizes = self.split(probabilities), self.sizes
        blocks = [[np.zeros((m, n)) for n in sizes] for m in sizes]
        for i, table in enumerate(self._tables):
            for j in range(len(sizes)):
                if j != i:
                    block = self._summed(table, parts, (i, j))
                    blocks[i][j] = block if i < j else block.T
        return np.block(blocks)

    def split(self, vector: FloatArray) -> list[FloatArray]:
        """A vector over all actions, player by player."""
        ends = np.cumsum((0, *self.sizes))
        return [vector[low:high] for low, high in pairwise(ends)]

    @staticmethod
    def _summed(
        table: FloatArray, parts: Sequence[FloatArray], keep: tuple[int, ...]
    ) -> FloatArray:
        for axis in reversed(range(len(parts))):
            if axis not in keep:
                table = np.tensordot(table, parts[axis], axes=([axis], [0]))
        return table
