"""The pages of tablets and wall displays, for administrators; managers may look."""

from typing import Any, TypeVar

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts import one_time_display
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.accounts.devices import tablets
from intake.accounts.devices.health import current_version, health_of
from intake.accounts.models import DevicePurpose, KioskDevice
from intake.accounts.pages import queries
from intake.accounts.pages.blueprint import bp
from intake.accounts.pages.forms import NewTabletForm, TabletForm
from intake.accounts.places import places
from intake.db import db
from intake.web.ui.qr_code import qr_code
from intake.web.ui.template_context import tell

_NO_NUMBER = "If yours says that the code was used, somebody else used it: make a new one, which sends them away."
Form = TypeVar("Form", bound=TabletForm)


@bp.get("/tablets", endpoint="tablets", guard=roles("administrator", "manager"))
def tablet_list() -> str:
    return render_template(
        "accounts/tablets.html",
        tablets=(listed := queries.tablets(within=current_locations())),
        health={device.id: health_of(device, version=current_version(device)) for device in listed},
        now=clock.now(),
        may_change=_may_change(),
    )


@bp.get("/tablets/new", guard=roles("administrator"))
def new_tablet() -> str:
    return render_template("accounts/tablet_new.html", form=_form(NewTabletForm))


@bp.post("/tablets/new", guard=roles("administrator"))
def add_tablet() -> Response | tuple[str, int]:
    form = _form(NewTabletForm)
    if not form.validate_on_submit():
        return render_template("accounts/tablet_new.html", form=form), 422
    device = tablets.add(
        name=form.name.data or "",
        location_id=form.location_id.data,
        by=current_staff(),
        purpose=form.purpose.data or DevicePurpose.ASKING,
    )
    return _show_code(device)


@bp.get("/tablets/<int:device_id>", guard=roles("administrator"))
def tablet(device_id: int) -> str:
    device = queries.tablet(device_id, within=current_locations())
    return _tablet_page(device, _form(TabletForm, formdata=None, name=device.name, location_id=device.location_id))


@bp.post("/tablets/<int:device_id>", guard=roles("administrator"))
def change_tablet(device_id: int) -> Response | tuple[str, int]:
    device = queries.tablet(device_id, within=current_locations())
    form = _form(TabletForm)
    if not form.validate_on_submit():
        return _tablet_page(device, form), 422
    tablets.change(device, name=form.name.data or "", location_id=form.location_id.data)
    db.session.commit()
    tell(f"{device.name} is saved.")
    return redirect(url_for("accounts.tablets"), 303)


@bp.post("/tablets/<int:device_id>/code", guard=roles("administrator"))
def make_pairing_code(device_id: int) -> Response:
    device = queries.tablet(device_id, within=current_locations())
    if device.revoked_at is not None:
        tell(f"{device.name} is cut off. Add it as a new tablet.", kind="problem")
        return redirect(url_for("accounts.tablet", device_id=device.id), 303)
    return _show_code(device)


@bp.post("/tablets/<int:device_id>/pair", guard=roles("administrator"))
def confirm_tablet(device_id: int) -> Response:
    """Pair the browser that gave the code, by the number that it shows."""
    device = queries.tablet(device_id, within=current_locations())
    if tablets.confirm(device, request.form.get("number", "")[:20]):
        db.session.commit()
        tell(f"{device.name} is paired.")
    else:
        tell(f"No tablet asks to be {device.name} with this number. {_NO_NUMBER}", kind="problem")
    return redirect(url_for("accounts.tablet", device_id=device.id), 303)


@bp.post("/tablets/<int:device_id>/message", guard=roles("administrator"))
def tell_tablet(device_id: int) -> Response:
    """Show a sentence on the tablet's welcome page; an empty one takes it away."""
    device = queries.tablet(device_id, within=current_locations())
    tablets.show_message(device, request.form.get("message", ""))
    db.session.commit()
    tell(f"{device.name} shows it within seconds." if device.message else f"{device.name} shows no message.")
    return redirect(url_for("accounts.tablet", device_id=device.id), 303)


@bp.post("/tablets/<int:device_id>/lock", guard=roles("administrator"))
def lock_tablet(device_id: int) -> Response:
    """Lock the tablet from afar, or unlock it."""
    device = queries.tablet(device_id, within=current_locations())
    tablets.lock(device, locked=request.form.get("locked") == "1")
    db.session.commit()
    tell(f"{device.name} asks nobody now." if device.locked_at else f"{device.name} asks again.")
    return redirect(url_for("accounts.tablet", device_id=device.id), 303)


@bp.post("/tablets/<int:device_id>/revoke", guard=roles("administrator"))
def revoke_tablet(device_id: int) -> Response:
    device = queries.tablet(device_id, within=current_locations())
    tablets.revoke(device)
    db.session.commit()
    tell(f"{device.name} is cut off. It shows nothing any more.")
    return redirect(url_for("accounts.tablets"), 303)


def _show_code(device: KioskDevice) -> Response:
    code = tablets.new_pairing_code(device)
    db.session.commit()
    one_time_display.put("pairing code", device.id, code)
    return redirect(url_for("accounts.tablet", device_id=device.id), 303)


def _tablet_page(device: KioskDevice, form: TabletForm) -> str:
    code = one_time_display.take("pairing code", device.id)
    address = current_app.config["SETTINGS"].public_url + "/kiosk/pair"
    return render_template(
        "accounts/tablet.html",
        device=device,
        form=form,
        now=clock.now(),
        code=tablets.spaced(code) if code else None,
        to_confirm=tablets.may_be_confirmed(device),
        minutes=int(tablets.CODE_KEPT.total_seconds() // 60),
        address=address,
        # Behind the #, which browsers send to nobody and servers never log.
        qr=qr_code(f"{address}#{code}") if code else None,
        health=health_of(device, version=current_version(device)),
    )


def _form(kind: type[Form], **given: Any) -> Form:
    """The form with the active ones of the reader's own locations to choose from."""
    form, within = kind(**given), current_locations()
    form.choose_among(place for place in places() if place.active and place.id in within)
    return form


def _may_change() -> bool:
    return any(role.name == "administrator" for role in current_staff().roles)
