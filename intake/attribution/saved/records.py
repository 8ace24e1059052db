"""Reads and writes of saved views, and who may open one."""

from collections.abc import Iterable

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.attribution.filters.access import READERS_OF_NAMES
from intake.attribution.page.opening import NotAReport, OpenedPage, find
from intake.attribution.saved.models import SavedView
from intake.db import db
from intake.directory.models import Location
from intake.web.http.url_converters import RepeatedParameter

LONGEST_NAME = 80


class MayNotOpen(Exception):
    """The reader's role or locations don't reach what the address shows."""


def save_view(*, name: str, address: str, owner: Staff, shared: bool) -> SavedView:
    """Keep the page at this address under a name. Flushes. Raises NotAReport and MayNotOpen."""
    found = find(address)
    if not may_see(found, owner):
        raise MayNotOpen
    view = SavedView(name=name, address=found.address, owner_id=owner.id, shared=shared, created_at=clock.now())
    db.session.add(view)
    db.session.flush()
    audit_trail.record("saved_view.added", subject_kind="saved_view", subject_id=view.id, shared=shared)
    return view


def find_saved_as(*, name: str, address: str, owner: Staff, shared: bool) -> SavedView | None:
    """Return the view when the owner keeps exactly this already, as when a form is sent twice."""
    query = select(SavedView).where(
        SavedView.owner_id == owner.id,
        SavedView.name == name,
        SavedView.address == find(address).address,
        SavedView.shared.is_(shared),
        SavedView.deleted_at.is_(None),
    )
    return db.session.scalar(query.limit(1))


def rename_view(view: SavedView, *, name: str, shared: bool) -> None:
    """Rename and share or unshare a view. Flushes."""
    view.name, view.shared = name, shared
    db.session.flush()
    audit_trail.record("saved_view.changed", subject_kind="saved_view", subject_id=view.id, shared=shared)


def delete_view(view: SavedView) -> None:
    """Hide a view and stop its e-mails until it is brought back. Flushes."""
    view.deleted_at = clock.now()
    db.session.flush()
    audit_trail.record("saved_view.deleted", subject_kind="saved_view", subject_id=view.id)


def bring_view_back(view: SavedView) -> None:
    """Undo the deleting of a view. Flushes."""
    view.deleted_at = None
    db.session.flush()
    audit_trail.record("saved_view.brought_back", subject_kind="saved_view", subject_id=view.id)


def saved_view(view_id: int, *, reader: Staff, deleted: bool = False, opens: bool = True) -> SavedView | None:
    """Return one's own or a shared one, as long as the reader may open it; None otherwise.

    Without `opens` one's own also when its address leads nowhere any more.
    """
    view = db.session.get(SavedView, view_id, options=[joinedload(SavedView.owner)])
    if view is None or not (view.shared or view.owner_id == reader.id) or bool(view.deleted_at) is not deleted:
        return None
    is_kept = not opens and view.owner_id == reader.id and leads_nowhere(view.address)
    return view if is_kept or may_open(view.address, reader) else None


def saved_views(reader: Staff) -> list[SavedView]:
    """Return the reader's own and the practice's, by name; without those that lead where the reader may not go."""
    return [view for view in _kept(reader) if may_open(view.address, reader)]


def unopenable_views(reader: Staff) -> list[SavedView]:
    """Return the reader's own whose address leads nowhere any more, by name."""
    return [view for view in _kept(reader) if view.owner_id == reader.id and leads_nowhere(view.address)]


def _kept(reader: Staff) -> Iterable[SavedView]:
    query = (
        select(SavedView)
        .where(SavedView.deleted_at.is_(None), or_(SavedView.owner_id == reader.id, SavedView.shared.is_(True)))
        .options(joinedload(SavedView.owner))
        .order_by(func.lower(SavedView.name), SavedView.id)
    )
    return db.session.scalars(query)


def may_open(address: str, reader: Staff) -> bool:
    """Tell whether the reader may see the page at this address; not so when it is none."""
    return not leads_nowhere(address) and may_see(find(address), reader)


def leads_nowhere(address: str) -> bool:
    """Tell whether there is no page at this address: one that an older version saved, say."""
    try:
        find(address)
    except (NotAReport, RepeatedParameter):
        return True
    return False


def may_see(page: OpenedPage, reader: Staff) -> bool:
    """Tell whether the reader's role, locations and sight of names reach the page."""
    held = {role.name for role in reader.roles}
    if not page.roles & held or (page.request.needs_names and not held & READERS_OF_NAMES):
        return False
    return not page.request.location or page.request.location in _codes(reader)


def may_be_sent(page: OpenedPage, recipient: Staff) -> bool:
    """Tell whether the page may leave by e-mail: it names no patient to anybody, and its recipient may see it."""
    return not page.request.names_patients and may_see(page, recipient)


def _codes(reader: Staff) -> set[str]:
    if reader.all_locations:
        return set(db.session.scalars(select(Location.code)))
    return {place.code for place in reader.locations}
