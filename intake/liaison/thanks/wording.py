"""What a thank-you says: who may be named in it. Plain values, no database."""

from collections.abc import Sequence
from dataclasses import dataclass

from intake.capture.answer_form.thanks_wishes import MayThank


@dataclass(frozen=True)
class Sent:
    """Somebody whom a patient sent, and whether they agreed to be named. `wish` None: nobody asked them."""

    visit_id: int
    name: str
    wish: MayThank | None


def may_be_thanked_for(sent: Sent) -> bool:
    """Whether the sender is thanked for this one at all."""
    return sent.wish != MayThank.NO


def named_in_thanks(sent: Sequence[Sent]) -> list[str]:
    """The names that a thank-you may say: of those who agreed, and of nobody else."""
    return list(dict.fromkeys(each.name for each in sent if each.wish == MayThank.YES))


def listed(names: Sequence[str]) -> str:
    """'Ann', 'Ann and Bo', 'Ann, Bo and Cy'."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
