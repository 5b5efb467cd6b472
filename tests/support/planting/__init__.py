"""A person of whom something stands wherever the platform keeps anything of anybody, each text unlike all others.

What becomes of it is looked for from outside, as `tests.support.outside_look` does.
"""

from __future__ import annotations

from tests.support.planting.account import plant_account
from tests.support.planting.person import Planted
from tests.support.planting.school import plant_in_class, plant_in_school
from tests.support.planting.upkeep import plant_upkeep

__all__ = ["Planted", "plant"]


def plant(mark: str, *, number: int, name: str) -> Planted:
    """Make a person and all that can stand of them; `mark` and `number` tell their texts from those of others."""
    planted = Planted(mark, number, name)
    plant_account(planted)
    lesson = plant_in_school(planted)
    plant_in_class(planted, lesson)
    plant_upkeep(planted)
    return planted
