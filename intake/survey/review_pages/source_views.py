"""The pages on which the practice keeps its own list of sources."""

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.auth.guards import roles
from intake.db import db
from intake.directory.models import ReferralSource, SourceKind
from intake.directory.patients import queries
from intake.directory.sources import changes
from intake.directory.sources.changes import AliasTaken, ImpossibleChange
from intake.directory.sources.icons import SOURCE_ICONS
from intake.directory.sources.records import OTHER_CODE, normal_form, source_mapping
from intake.survey.question import wording
from intake.survey.question.choices import choices
from intake.survey.question.wording import Language
from intake.survey.review import source_use
from intake.survey.review_pages.source_forms import KINDS, SourceForm, filled_from, form_for
from intake.web.http.route_guards import Pages
from intake.web.ui.edit_conflict import conflict_message, fingerprint
from intake.web.ui.template_context import tell

bp = Pages("sources", __name__)

ROLES = ("manager", "administrator")


@bp.get("/sources", guard=roles(*ROLES))
def source_list() -> str:
    practice = queries.practice()
    today = clock.clinic_today(practice.time_zone)
    language = practice.languages[0]
    shown = request.args.get("language", language)
    languages = [wording.language(code) for code in practice.languages]
    if shown not in practice.languages:
        shown = language
    return render_template(
        "survey/sources/list.html",
        entries=source_use.entries(day=today, language=language),
        tiles=choices(today, shown),
        shown=wording.language(shown),
        question=wording.text("question.sources", shown),
        languages=languages,
        kinds=KINDS,
        today=today,
        moved=request.args.get("moved", type=int),
        way=request.args.get("way", ""),
    )


@bp.get("/sources/new", guard=roles(*ROLES))
def new_source() -> str:
    parent = request.args.get("under", 0, type=int)
    facts = {"kind": str(SourceKind.NON_PERSON), "icon": "signpost", "parent_id": parent}
    return _page(None, _form(None, facts))


@bp.post("/sources", guard=roles(*ROLES))
def add_source() -> Response | tuple[str, int]:
    form = _form(None, {})
    if not form.validate_on_submit():
        return _page(None, form), 422

    def add() -> ReferralSource:
        facts = form.facts(built_in_label=None, built_in_hint="")
        return changes.add_source(facts, named=form.label.data or "")

    return _write(None, form, add, f"“{form.label.data}” is on the list.")


@bp.get("/sources/<int:source_id>", guard=roles(*ROLES))
def show_source(source_id: int) -> str:
    source = source_use.source(source_id)
    form = _kept_form(source)
    form.seen.data = fingerprint(form)
    return _page(source, form)


@bp.post("/sources/<int:source_id>", guard=roles(*ROLES))
def change_source(source_id: int) -> Response | tuple[str, int]:
    source = source_use.source(source_id)
    form = _form(source, {})
    if not form.validate_on_submit():
        return _page(source, form), 422
    if problem := conflict_message(form, _kept_form(source)):
        return _page(source, form, problem), 409
    language = queries.practice().languages[0]
    built_in = {part: wording.find_text(f"source.{source.code}.{part}", language) for part in ("label", "hint")}

    def change() -> ReferralSource:
        facts = form.facts(built_in_label=built_in["label"], built_in_hint=built_in["hint"] or "")
        changes.change_source(source, facts, is_used=source_use.use_of(source.id).answers > 0)
        return source

    return _write(source, form, change, f"“{form.label.data}” is saved.")


@bp.post("/sources/<int:source_id>/move", guard=roles(*ROLES))
def move_source(source_id: int) -> Response:
    source = source_use.source(source_id)
    way = "up" if request.form.get("way") == "up" else "down"
    changes.move_source(source, by=-1 if way == "up" else 1)
    db.session.commit()
    return redirect(url_for("sources.source_list", moved=source.id, way=way, _anchor=f"source-{source.id}"), 303)


@bp.post("/sources/<int:source_id>/retire", guard=roles(*ROLES))
def retire_source(source_id: int) -> Response:
    source = source_use.source(source_id)
    try:
        changes.retire_source(source, today=clock.clinic_today(queries.practice().time_zone))
        db.session.commit()
        undo = url_for("sources.restore_source", source_id=source.id)
        tell(f"“{_label(source)}” is no longer offered. Its answers stay.", undo=undo)
    except ImpossibleChange as error:
        tell(str(error), kind="problem")
    return redirect(url_for("sources.source_list", _anchor=f"source-{source.id}"), 303)


@bp.post("/sources/<int:source_id>/restore", guard=roles(*ROLES))
def restore_source(source_id: int) -> Response:
    source = source_use.source(source_id)
    changes.restore_source(source, today=clock.clinic_today(queries.practice().time_zone))
    db.session.commit()
    tell(f"“{_label(source)}” is offered again.")
    return redirect(url_for("sources.source_list", _anchor=f"source-{source.id}"), 303)


@bp.post("/sources/merges/<int:source_merge_id>/undo", guard=roles(*ROLES))
def undo_merge(source_merge_id: int) -> Response:
    merge = source_use.merge(source_merge_id)
    changes.undo_merge(merge)
    db.session.commit()
    tell(f"“{_label(source_use.source(merge.source_id))}” counts for itself again.")
    return redirect(url_for("sources.source_list", _anchor=f"source-{merge.source_id}"), 303)


@bp.post("/sources/<int:source_id>/delete", guard=roles(*ROLES))
def delete_source(source_id: int) -> Response:
    source = source_use.source(source_id)
    label = _label(source)
    try:
        changes.delete_source(source)
    except ImpossibleChange as error:
        db.session.rollback()
        tell(str(error), kind="problem")
        return redirect(url_for("sources.show_source", source_id=source_id), 303)
    db.session.commit()
    tell(f"“{label}” is deleted. Nothing had been counted with it.")
    return redirect(url_for("sources.source_list"), 303)


def _kept_form(source: ReferralSource) -> SourceForm:
    """The form filled from what is kept, not from what was sent."""
    language = queries.practice().languages[0]
    translated = source_use.translations_of(source.id)
    own = translated.get(language)
    label = wording.source_label(source, language, own.label if own else None)
    hint = wording.source_hint(source, language, own.hint if own else None)
    filled = filled_from(source, label, hint, source_use.aliases_of(source.id))
    filled |= {f"in_{code}": {"label": each.label, "hint": each.hint or ""} for code, each in translated.items()}
    return _form(source, filled, formdata=None)


def _form(source: ReferralSource | None, filled: dict[str, Any], **given: Any) -> SourceForm:
    own_id = source.id if source else None
    names = source_use.labels(queries.practice().languages[0])
    merged = source_mapping()
    parents = [
        (each.id, names[each.id])
        for each in source_use.top_level()
        if each.id != own_id and (each.code != OTHER_CODE or each.id == (source.parent_id if source else None))
    ]
    taken = {normal_form(label): label for id_, label in names.items() if id_ != own_id and id_ not in merged}
    return form_for(_other_languages())(parents=parents, taken=taken, data=filled, **given)


def _other_languages() -> list[Language]:
    return [wording.language(code) for code in queries.practice().languages[1:]]


def _write_words(source: ReferralSource, form: SourceForm) -> None:
    language, *others = queries.practice().languages
    changes.set_aliases(source, form.alias_list(), names=source_use.labels(language))
    written = {code: form[f"in_{code}"].data for code in others}
    labels = {code: (each["label"] or "", each["hint"] or "") for code, each in written.items()}
    # The practice's main language stands with the source itself; a translation into it would hide that.
    changes.set_translations(source, {language: ("", ""), **labels})


def _write(
    source: ReferralSource | None, form: SourceForm, write: Callable[[], ReferralSource], said: str
) -> Response | tuple[str, int]:
    """Write the source and its words as one, and say so; or show the form again with the reason."""
    try:
        kept = write()
        _write_words(kept, form)
    except ImpossibleChange as error:
        db.session.rollback()
        return _refused(source, form, error)
    db.session.commit()
    tell(said)
    return redirect(url_for("sources.source_list", _anchor=f"source-{kept.id}"), 303)


def _refused(source: ReferralSource | None, form: SourceForm, error: ImpossibleChange) -> tuple[str, int]:
    if isinstance(error, AliasTaken):
        owner = _label(error.owner)
        form.aliases.errors = [f"“{error.text}” already means “{owner}”. A word can mean one source only."]
        return _page(source, form), 422
    return _page(source, form, str(error)), 422


def _page(source: ReferralSource | None, form: SourceForm, problem: str = "") -> str:
    language, *others = queries.practice().languages
    names = source_use.labels(language)
    today = clock.clinic_today(queries.practice().time_zone)
    merge = source_use.current_merge(source.id) if source else None
    return render_template(
        "survey/sources/edit.html",
        form=form,
        source=source,
        label=names[source.id] if source else "",
        problem=problem,
        use=source_use.use_of(source.id) if source else source_use.Use(),
        offered=source is not None and source_use.is_offered(source, today),
        is_other=source is not None and source.code == OTHER_CODE,
        merge=merge,
        counts_as=names[source_mapping()[merge.source_id]] if merge else "",
        merged_here=source_use.merged_into(source.id, names=names) if source else [],
        built_in=_built_in(source, others),
        languages=[wording.language(code) for code in others],
        icons=SOURCE_ICONS,
        kinds=KINDS,
        time_zone=queries.practice().time_zone,
    )


def _built_in(source: ReferralSource | None, languages: list[str]) -> dict[str, dict[str, str]]:
    """What patients read in other languages where the practice wrote nothing itself."""
    found = {}
    for code in languages:
        label = wording.source_label(source, code) if source else ""
        found[code] = {"label": label, "hint": wording.source_hint(source, code) if source else ""}
    return found


def _label(source: ReferralSource) -> str:
    return source_use.labels(queries.practice().languages[0]).get(source.id, source.code)
