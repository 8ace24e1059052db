"""Changes of the practice's list of sources. Every one is audited; no source that was ever named is deleted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import ReferralSource, SourceAlias, SourceBefore, SourceMerge, SourceTranslation
from intake.directory.sources.history import keep_version
from intake.directory.sources.records import OTHER_CODE, normal_form, source_mapping
from intake.once_a_look import once_a_look

POSITION_STEP = 10
LONGEST_CODE = 40
LONGEST_ALIAS = 80


class ImpossibleChange(ValueError):
    """The list would no longer make sense; the message says why, for the person who asked."""


class AliasTaken(ImpossibleChange):
    """Another source goes by this word already: an answer with it could mean either."""

    def __init__(self, text: str, owner: ReferralSource) -> None:
        super().__init__(text)
        self.text, self.owner = text, owner


class SourceInUse(ImpossibleChange):
    """The source was named in an answer, or something else of the practice's depends on it."""


@dataclass(frozen=True)
class SourceFacts:
    """Columns of a source that staff write. `label` and `hint` None mean the built-in words of its code."""

    kind: str
    label: str | None = None
    hint: str | None = None
    icon: str = "signpost"
    parent_id: int | None = None
    asks_which: bool = False
    active_from: date | None = None
    active_until: date | None = None


def add_source(facts: SourceFacts, *, named: str) -> ReferralSource:
    """Add a source at the end of its level; its code is made from `named` and never changes. Flushes."""
    source = ReferralSource(code=_free_code(named), created_at=clock.now(), kind=facts.kind, icon=facts.icon)
    _check(source, facts, is_used=False)
    source.position = _last_position() + POSITION_STEP
    _take(source, facts)
    db.session.add(source)
    db.session.flush()
    audit_trail.record("source.added", subject_kind="source", subject_id=source.id, code=source.code)
    return source


def change_source(source: ReferralSource, facts: SourceFacts, *, is_used: bool) -> bool:
    """Give a source these facts; False when nothing changes. Raises ImpossibleChange. Flushes."""
    _check(source, facts, is_used=is_used)
    before = {name: getattr(source, name) for name in vars(facts)}
    changed = sorted(name for name, value in vars(facts).items() if before[name] != value)
    if not changed:
        return False
    if "parent_id" in changed:
        source.position = _last_position() + POSITION_STEP
    keep_version(source, changed)
    _take(source, facts)
    db.session.flush()
    audit_trail.record("source.changed", subject_kind="source", subject_id=source.id, columns=changed)
    return True


def set_aliases(source: ReferralSource, texts: Iterable[str], *, names: Mapping[int, str]) -> None:
    """Replace the other words for this source. `names` are the labels of all sources by id.

    Raises AliasTaken for a word that another source goes by. Flushes.
    """
    wanted = {normal_form(text): " ".join(text.split()) for text in texts if normal_form(text)}
    if any(len(text) > LONGEST_ALIAS for text in wanted.values()):
        raise ImpossibleChange(f"Other words have at most {LONGEST_ALIAS} characters each.")
    known = {alias.normal: alias for alias in db.session.scalars(select(SourceAlias))}
    called = {normal_form(label): source_id for source_id, label in names.items() if source_id != source.id}
    for normal, text in wanted.items():
        owner_id = known[normal].source_id if normal in known else called.get(normal, source.id)
        if owner_id != source.id:
            owner = db.session.get(ReferralSource, owner_id)
            assert owner is not None
            raise AliasTaken(text, owner)
    own = {normal: alias for normal, alias in known.items() if alias.source_id == source.id}
    if own.keys() == wanted.keys() and all(own[normal].text == text for normal, text in wanted.items()):
        return
    for normal, alias in own.items():
        if normal not in wanted:
            db.session.delete(alias)
    for normal, text in wanted.items():
        if normal in own:
            own[normal].text = text
        else:
            db.session.add(SourceAlias(source_id=source.id, text=text, normal=normal))
    db.session.flush()
    audit_trail.record("source.aliases", subject_kind="source", subject_id=source.id, count=len(wanted))


def set_translations(source: ReferralSource, labels: Mapping[str, tuple[str, str]]) -> None:
    """Replace the translations, (label, hint) by language; an empty label means none. Flushes."""
    query = select(SourceTranslation).where(SourceTranslation.source_id == source.id)
    known = {each.language: each for each in db.session.scalars(query)}
    changed = []
    for language, (label, hint) in labels.items():
        kept = known.get(language)
        if (kept.label, kept.hint or "") == (label, hint) if kept else not label:
            continue
        changed.append(language)
        if not label and kept:
            db.session.delete(kept)
        elif kept:
            kept.label, kept.hint = label, hint or None
        else:
            db.session.add(SourceTranslation(source_id=source.id, language=language, label=label, hint=hint or None))
    if changed:
        db.session.flush()
        audit_trail.record("source.translated", subject_kind="source", subject_id=source.id, languages=sorted(changed))


def move_source(source: ReferralSource, *, by: int) -> None:
    """Move up (by=-1) or down (by=1) among the entries of its level; at either end nothing happens. Flushes."""
    merged = source_mapping()
    query = select(ReferralSource).order_by(ReferralSource.position, ReferralSource.id)
    level = [each for each in db.session.scalars(query) if each.parent_id == source.parent_id and each.id not in merged]
    if source not in level:
        return
    at = level.index(source)
    to = min(max(at + by, 0), len(level) - 1)
    if to == at:
        return
    level.insert(to, level.pop(at))
    for place, each in enumerate(level, start=1):
        each.position = place * POSITION_STEP
    db.session.flush()
    audit_trail.record("source.moved", subject_kind="source", subject_id=source.id, by=to - at)


def retire_source(source: ReferralSource, *, today: date) -> None:
    """Stop offering a source from today on; its answers stay. Raises ImpossibleChange. Flushes."""
    if source.code == OTHER_CODE:
        raise ImpossibleChange("“Something else” is always offered: without it, patients would have to guess.")
    yesterday = today - timedelta(days=1)
    if source.active_until is not None and source.active_until <= yesterday:
        return
    source.active_until = yesterday
    if source.active_from is not None and source.active_from > yesterday:
        source.active_from = None
    db.session.flush()
    audit_trail.record("source.retired", subject_kind="source", subject_id=source.id)


def restore_source(source: ReferralSource, *, today: date) -> None:
    """Offer a source again from today on. Flushes."""
    source.active_until = None
    if source.active_from is not None and source.active_from > today:
        source.active_from = None
    db.session.flush()
    audit_trail.record("source.restored", subject_kind="source", subject_id=source.id)


def merge_source(source: ReferralSource, into: ReferralSource, *, staff_id: int | None) -> SourceMerge:
    """Count `source` as `into` wherever answers are read; they stay as they were recorded. Flushes.

    Raises ImpossibleChange.
    """
    refuse_merge(source, into)
    merge = SourceMerge(source_id=source.id, into_id=into.id, merged_at=clock.now(), merged_by_id=staff_id)
    db.session.add(merge)
    db.session.flush()
    audit_trail.record("source.merged", subject_kind="source", subject_id=source.id, into=into.id, merge=merge.id)
    return merge


def refuse_merge(source: ReferralSource, into: ReferralSource) -> None:
    """Raise ImpossibleChange, with the reason, when `source` can't be merged into `into`."""
    merged = source_mapping()
    if source.id == into.id:
        raise ImpossibleChange("Choose another source to merge it into.")
    if source.code == OTHER_CODE:
        raise ImpossibleChange("“Something else” can’t be merged away: it is always offered.")
    if source.id in merged:
        raise ImpossibleChange("This source is merged already. Undo that first.")
    if into.id in merged:
        raise ImpossibleChange("That source is itself merged into another. Choose the one it counts as.")
    if source.kind != into.kind:
        raise ImpossibleChange("Only sources of the same kind can be merged: who is named with them differs.")
    below = once_a_look("sources_below", None, _each_below_another)
    if any(parent == source.id and child not in merged for child, parent in below):
        raise ImpossibleChange("It still has entries below it. Move or merge these first.")


def _each_below_another() -> list[tuple[int, int | None]]:
    query = select(ReferralSource.id, ReferralSource.parent_id).where(ReferralSource.parent_id.is_not(None))
    return [(child, parent) for child, parent in db.session.execute(query)]


def undo_merge(merge: SourceMerge) -> None:
    """Undo a merge; counts follow at once. Flushes."""
    if merge.undone_at is not None:
        return
    merge.undone_at = clock.now()
    db.session.flush()
    audit_trail.record("source.unmerged", subject_kind="source", subject_id=merge.source_id, merge=merge.id)


def delete_source(source: ReferralSource) -> None:
    """Delete a source that nothing has ever used. Raises SourceInUse or ImpossibleChange. Flushes."""
    if source.code == OTHER_CODE:
        raise ImpossibleChange("“Something else” is always offered and can’t be deleted.")
    source_id, code = source.id, source.code
    try:
        with db.session.begin_nested():
            owned: tuple[Any, ...] = (SourceBefore, SourceAlias, SourceTranslation)
            for model in owned:
                db.session.execute(delete(model).where(model.source_id == source_id))
            # Every other row that names the source does so by foreign key.
            db.session.execute(delete(ReferralSource).where(ReferralSource.id == source_id))
    except IntegrityError:
        raise SourceInUse("It was used already, so it stays on the list. You can stop offering it.") from None
    audit_trail.record("source.deleted", subject_kind="source", subject_id=source_id, code=code)


def _check(source: ReferralSource, facts: SourceFacts, *, is_used: bool) -> None:
    """Raise ImpossibleChange for facts that would leave a list that can't be asked or counted."""
    if source.code == OTHER_CODE:
        if facts.parent_id or facts.active_from or facts.active_until or not facts.asks_which:
            raise ImpossibleChange("“Something else” is always offered, on the top level, and asks what it was.")
        if facts.kind != source.kind:
            raise ImpossibleChange("“Something else” can’t become a person.")
    if is_used and facts.kind != source.kind:
        raise ImpossibleChange("Its kind can’t change any more: it was named in answers. Add a new source instead.")
    if facts.active_from and facts.active_until and facts.active_from > facts.active_until:
        raise ImpossibleChange("The last day comes before the first one.")
    children = _children(source)
    if facts.parent_id is not None:
        _check_parent(source, facts, children)
    if any(child.kind != facts.kind for child in children):
        raise ImpossibleChange("The entries below it have another kind. Move them first.")


def _check_parent(source: ReferralSource, facts: SourceFacts, children: Sequence[ReferralSource]) -> None:
    parent = db.session.get(ReferralSource, facts.parent_id)
    if parent is None or parent.parent_id is not None or parent.id == source.id:
        raise ImpossibleChange("Choose an entry of the top level to put it under.")
    if parent.id in source_mapping():
        raise ImpossibleChange("That entry is merged into another; choose the one it counts as.")
    if parent.code == OTHER_CODE:
        raise ImpossibleChange("Nothing can stand under “Something else”.")
    if children:
        raise ImpossibleChange("It has entries below it, and the list has two levels only. Move those first.")
    if parent.kind != facts.kind:
        raise ImpossibleChange("It must be of the same kind as the entry it stands under.")


def _children(source: ReferralSource) -> list[ReferralSource]:
    if source.id is None:
        return []
    return list(db.session.scalars(select(ReferralSource).where(ReferralSource.parent_id == source.id)))


def _take(source: ReferralSource, facts: SourceFacts) -> None:
    for name, value in vars(facts).items():
        setattr(source, name, value)


def _last_position() -> int:
    return db.session.scalar(select(func.max(ReferralSource.position))) or 0


def _free_code(named: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", normal_form(named)).strip("_")[: LONGEST_CODE - 4] or "source"
    taken = set(db.session.scalars(select(ReferralSource.code).where(ReferralSource.code.startswith(base))))
    return next(code for code in (base, *(f"{base}_{number}" for number in range(2, 1000))) if code not in taken)
