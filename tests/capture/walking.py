"""Walking through patients' pages without a browser: what a page holds, and what its form sends."""

from html import unescape
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from intake.survey.models import Answer, Mention


class Page(HTMLParser):
    """The fields, tiles and words of one page, as a patient without script sees them."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.status = response.status_code
        self.text = response.get_data(as_text=True)
        self.hidden: dict[str, str] = {}
        self.tiles: list[str] = []
        self.checked: list[str] = []
        self.buttons: dict[str, list[str]] = {}
        self.values: dict[str, str] = {}
        self.language = ""
        self.direction = ""
        self.action = ""
        self._form = ""
        self._textarea = ""
        self.feed(self.text)
        self.text = unescape(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag == "html":
            self.language, self.direction = found.get("lang", ""), found.get("dir", "")
        elif tag == "form":
            self._form = found.get("id", "")
            if self._form == "ask":
                self.action = found["action"]
        elif tag == "input" and found.get("type") == "hidden" and self._form == "ask":
            self.hidden[name] = found.get("value", "")
        elif tag == "input" and found.get("type") == "checkbox":
            self.tiles.append(found["value"])
            if "checked" in found:
                self.checked.append(found["value"])
        elif tag == "input":
            self.values[name] = found.get("value", "")
        elif tag == "button" and name:
            self.buttons.setdefault(name, []).append(found.get("value", ""))
        elif tag == "textarea":
            self._textarea = name
            self.values[name] = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.values[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""

    @property
    def step(self) -> str:
        return self.hidden.get("step", "").split(":")[0]

    def sent(self, **values: Any) -> dict[str, Any]:
        """What this page's form sends with these values."""
        return {key: value for key, value in self.hidden.items() if key != "csrf_token"} | values


def look(client: Any, url: str = "/kiosk") -> Page:
    return Page(client.get(url))


def send(client: Any, page: Page, **values: Any) -> Page:
    """Press a button of the page and follow to wherever it leads."""
    return Page(client.post(page.action, data=page.sent(**values), follow_redirects=True))


def begin(client: Any, clinic: Any, visit: Any) -> Page:
    clinic.hand_over(visit)
    page = look(client)
    return send(client, page)


def answers_of(session: Any, visit: Any) -> list[Answer]:
    return list(session.scalars(select(Answer).where(Answer.visit_id == visit.id).order_by(Answer.id)))


def standing(session: Any, visit: Any) -> tuple[Answer, list[Mention]]:
    """Codes, details and outcome of the answer that counts."""
    answer = [each for each in answers_of(session, visit) if each.turn][-1]
    mentions = session.scalars(select(Mention).where(Mention.answer_id == answer.id).order_by(Mention.rank))
    return answer, list(mentions)
