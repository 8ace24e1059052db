"""The page of goals: what each location aims for, which the month's report shows as a mark."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.db import db
from intake.directory.blueprint import bp
from intake.directory.practice import locations
from intake.directory.practice.forms import goals_form
from intake.web.ui.template_context import tell


@bp.get("/goals", endpoint="goals")
@bp.post("/goals", guard=roles("manager", "administrator"))
def set_goals() -> Response | tuple[str, int]:
    within = current_locations()
    mine = [each for each in locations.locations() if each.active and each.id in within]
    form = goals_form(mine)
    if not form.validate_on_submit():
        return render_template("directory/practice/goals.html", form=form), 422 if form.is_submitted() else 200
    for location in mine:
        locations.set_goals(location, **form.goals_of(location))
    db.session.commit()
    tell("The goals are saved.")
    return redirect(url_for("directory.goals"), 303)
