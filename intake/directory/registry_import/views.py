"""The registry's file by upload: a state's extract or a weekly file; larger ones are imported by command."""

import re
import tempfile
from dataclasses import asdict
from pathlib import Path

from flask import redirect, render_template, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.wrappers import Response
from wtforms import StringField, ValidationError
from wtforms.validators import Length, Optional

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.config import current_settings
from intake.db import db, refresh_statistics
from intake.directory.brought_files.records import recent_files
from intake.directory.npi.file import FileRefused
from intake.directory.npi.rows import STATES
from intake.directory.registry_import.importer import ImportCounts, import_registry
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import tell

bp = Pages("registry", __name__)

# A packed file may hold far more than its size tells; a state's extract has half of this.
MOST_ROWS = 1_000_000


class RegistryForm(FlaskForm):
    """The registry's file, and the states to take from it."""

    file = FileField("File of the NPI registry", [FileRequired("Choose the file first.")])
    states = StringField(
        "Only these states",
        [Optional(), Length(max=200, message="Use at most %(max)d characters.")],
        description="Two letters each, such as NY NJ. Leave it empty to take everybody in the file.",
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )

    def validate_states(self, field: StringField) -> None:
        if unknown := sorted(self.wanted_states - STATES.keys()):
            raise ValidationError(f"“{unknown[0]}” is no state; write two letters, such as TX.")

    @property
    def wanted_states(self) -> frozenset[str]:
        return frozenset(re.findall(r"[^\s,;]+", (self.states.data or "").upper()))


@bp.get("/physicians/import", guard=roles("manager", "administrator"))
def upload_page() -> str:
    """Show where to get the file and where to choose it."""
    return _page(RegistryForm(formdata=None))


@bp.post("/physicians/import", guard=roles("manager", "administrator"))
def take_upload() -> Response | tuple[str, int]:
    """Import the file while the person waits. A refused one changes nothing and says what to do."""
    form = RegistryForm()
    if not form.validate_on_submit():
        return _page(form), 422
    # The request's own transaction would hold up other writers while the file is read.
    db.session.commit()
    with tempfile.NamedTemporaryFile(prefix="intake-registry-") as kept:
        form.file.data.save(kept)
        kept.flush()
        try:
            counts = import_registry(
                Path(kept.name), states=form.wanted_states, checkpoint=db.session.commit, on_progress=_refuse_longer
            )
        except FileRefused as reason:
            db.session.rollback()
            form.file.errors = [str(reason)]
            return _page(form), 422
    numbers = {name: value for name, value in asdict(counts).items() if type(value) is int}
    audit_trail.record("physicians.imported", **numbers)
    db.session.commit()
    refresh_statistics()
    tell(_in_a_sentence(counts))
    return redirect(url_for("directory.physicians", who="all"), 303)


def _refuse_longer(_fraction: float, counts: ImportCounts) -> None:
    if counts.read > MOST_ROWS:
        sentence = f"This file holds more than {MOST_ROWS:,} rows, which is more than a browser should wait for."
        raise FileRefused(
            f"{sentence} What was read so far is in. Import the rest on the server: flask physicians import FILE"
        )


def _in_a_sentence(counts: ImportCounts) -> str:
    parts = [f"{counts.added:,} physicians added", f"{counts.updated:,} updated", f"{counts.unchanged:,} as they were"]
    parts += [f"{counts.deactivated:,} switched off"] if counts.deactivated else []
    parts += [f"{counts.skipped_state:,} of other states left out"] if counts.skipped_state else []
    parts += [f"{counts.invalid:,} rows can’t be right and were left out"] if counts.invalid else []
    return f"{', '.join(parts)}."


def _page(form: RegistryForm) -> str:
    return render_template(
        "directory/physicians/import.html",
        form=form,
        most_megabytes=current_settings().upload_megabytes,
        lately=recent_files("physicians"),
    )
