"""Who goes by what: the decisions behind an offer that depend on private numbers."""

from __future__ import annotations

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.reach import Place
from gametheory_crisis.solvers.screening.setting import Setting


class Order:
    """The moves from a place on, sorted by who goes by private numbers.

    Parameters
    ----------
    setting : the game at a point
    root : the place
    numbers : names of the private numbers
    answer : where an offer is answered, the answer being given from outside

    Attributes
    ----------
    places : all of them, in an order in which play moves forwards
    sorting : where types of the informed player may choose differently, but for the answer
    contested : where others choose by the types they think are left

    Raises
    ------
    UnsupportedGame
        Somebody chooses by the types left after a further choice of the informed player.
    """

    def __init__(
        self, setting: Setting, root: Place, numbers: frozenset[str], answer: Place | None
    ) -> None:
        self._setting, self._numbers = setting, numbers
        self.places = setting.below([root])
        self.sorting = [
            place
            for place in self.places
            if place != answer
            and setting.is_choice(place, informed=True)
            and self._reads(place, setting.informed)
        ]
        self.contested = tuple(
            place
            for place in self.places
            if setting.is_choice(place, informed=False) and self._split(place)
        )
        self._check()

    def _reads(self, place: Place, player: int) -> bool:
        """Whether what a player is paid from a place on reads a private number."""
        reads, setting = self._setting.curves.tape.reads, self._setting
        own = (slot for p in setting.below([place]) for slot in setting.slots(p, player))
        return any(not self._numbers.isdisjoint(reads[slot]) for slot in own)

    def _split(self, place: Place) -> bool:
        """Whether what its mover gets from a place on can differ between types."""
        mover = self._setting.positions[place[0]].movers[0]
        below = self._setting.below([place])
        return self._reads(place, mover) or any(p in self.sorting for p in below)

    def _check(self) -> None:
        for place in self.sorting:
            further = set(self._setting.below(self._setting.followers(place)))
            for late in self.contested:
                if late in further:
                    node, by = (self._setting.positions[p[0]].node for p in (place, late))
                    names = ", ".join(f"'{name}'" for name in sorted(self._numbers))
                    raise UnsupportedGame(
                        f"the choice at '{node}' tells whoever moves at '{by}' about {names}, by "
                        "which the choice there goes; give the offer a grid (grid: 21), and a "
                        "continuum points (points: 20)"
                    )
