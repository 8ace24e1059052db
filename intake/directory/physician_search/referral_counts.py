"""What the directory asks about referrals: how many each physician has sent, and what is new since it last asked.

The room that keeps answers fills the slot.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from sqlalchemy import Select

from intake.slots import Slot


class ReferralCounts(Protocol):
    """Referrals of physicians, as they are linked."""

    newest: str
    """SQL of one row: id and moment of the newest link; part of a statement that runs at each keystroke."""

    def links(self) -> dict[int, int]:
        """Physician id → how many links hold."""

    def links_since(self, link_id: int, most: int) -> Sequence[tuple[int, str, int, bool]]:
        """(id, moment as `newest` gives it, physician, whether it holds) of this link and those after it, in order."""

    def new_patients(self, ids: Collection[int], *, within: Collection[int]) -> dict[int, tuple[int, date]]:
        """Physician id → (referrals, day of the last): new patients who came to these locations, merged records
        included, as reports count them."""

    def physician_ids(self) -> Select[int]:
        """Ids of every physician who was ever linked."""


REFERRALS: Slot[ReferralCounts] = Slot("referrals")
