"""Words that the practice writes itself, with places that are filled in: letters, sheets, a card, a list."""

import string
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import PracticeText
from intake.once_a_look import once_a_look
from intake.web.ui.written import is_unfit

LONGEST_BODY = 4_000


class WordingRefused(ValueError):
    """A practice's own wording can't be used; the message says why, for staff."""


class UnknownPlaceholder(WordingRefused):
    """The wording fills in something that doesn't exist, or that it may not say."""


class MissingPlaceholder(WordingRefused):
    """The wording leaves out something that it must say."""


@dataclass(frozen=True)
class OwnWords:
    """One text of the practice's own. `fills`: what may be filled in and what each means; `never`: a place and why."""

    key: str
    label: str
    built_in: str
    fills: Mapping[str, str] = field(default_factory=dict)
    required: Collection[str] = ()
    never: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> str:
        """The practice's newest wording, or the built-in one."""
        newest = select(PracticeText.body).where(PracticeText.kind == self.key).order_by(PracticeText.id.desc())
        body = once_a_look("own_words", self.key, lambda: db.session.scalar(newest.limit(1)))
        return body or self.built_in

    def check(self, body: str) -> None:
        """Raise WordingRefused for a body that can't be used."""
        if len(body) > LONGEST_BODY:
            raise WordingRefused(f"Keep it under {LONGEST_BODY:,} letters.")
        found = placeholders(body, self.fills, self._unknown)
        for name in self.required:
            if name not in found:
                raise MissingPlaceholder(f"{{{name}}} is missing. It says {self.fills[name]}.")

    def save(self, body: str, *, staff_id: int | None) -> None:
        """Save a new version; an empty body goes back to the built-in wording. Flushes. Raises WordingRefused."""
        body = "\n".join(line.rstrip() for line in body.strip().splitlines())
        self.check(body or self.built_in)
        if (body or self.built_in) == self.body:
            return
        db.session.add(PracticeText(kind=self.key, body=body, saved_at=clock.now(), saved_by_id=staff_id))
        db.session.flush()
        audit_trail.record("words.changed", of=self.key)

    def filled(self, values: Mapping[str, str]) -> str:
        """The wording with every place filled in."""
        return self.body.format_map({name: values.get(name, "") for name in self.fills})

    def _unknown(self, name: str) -> str:
        if name in self.never:
            return self.never[name]
        offered = ", ".join(f"{{{each}}}" for each in self.fills)
        return f"There is no {{{name[:40]}}}. " + (f"What can be filled in is {offered}." if offered else "")


def placeholders(text: str, offered: Collection[str], unknown: Callable[[str], str]) -> set[str]:
    """The places that a wording fills in. Raises WordingRefused, with `unknown(name)` for what isn't offered."""
    if is_unfit(text, lines=True):
        raise WordingRefused("There is an invisible character in it. Type the text anew instead of pasting it.")
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        raise UnknownPlaceholder("A { or } stands alone. Curly brackets are only for what is filled in.") from None
    found = set()
    for _, name, shape, conversion in parts:
        if name is None:
            continue
        if name not in offered:
            raise UnknownPlaceholder(unknown(name))
        if shape or conversion:
            raise UnknownPlaceholder(f"Write {{{name}}} and nothing else between the brackets.")
        found.add(name)
    return found
