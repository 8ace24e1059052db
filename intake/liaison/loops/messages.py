"""What pages and letters say of a referral's stage."""

from intake.liaison.loops.owed import Owed
from intake.liaison.loops.referrals import Referral
from intake.liaison.loops.stages import Stage
from intake.web.ui.formatting import say_long_date

_NOT_COMING = {
    Stage.NOT_REACHED: "We tried to reach them and could not.",
    Stage.DECLINED: "They decided against a visit.",
    Stage.ELSEWHERE: "They told us that they are being seen elsewhere.",
    Stage.CANCELLED: "They cancelled their visit and have not made another one.",
    Stage.NO_SHOW: "They did not keep their visit and have not made another one.",
}
UNSURE = (
    "Only the patient’s own words name this physician."
    " Confirm that they did send them before word of the patient leaves."
)


def outcome_sentence(referral: Referral, what: Owed, place: str) -> str:
    """What became of the patient, as a letter tells their physician."""
    if not referral.came:
        return _NOT_COMING.get(referral.stage, "They have not been seen yet.")
    day = say_long_date(referral.reached.get(Stage.SEEN, referral.since))
    seen = f"They were seen on {day} at {place}."
    ends = {
        Stage.PROCEDURE: f" The procedure was done on {say_long_date(referral.since)}.",
        Stage.NO_PROCEDURE: " No procedure was needed.",
    }
    follows = " Our findings are enclosed." if what == Owed.RESULT else " We will send you our findings."
    return seen + ends.get(referral.stage, "") + follows


def age(days: int) -> str:
    """'today', '1 day', '12 days'."""
    return "today" if days <= 0 else "1 day" if days == 1 else f"{days} days"
