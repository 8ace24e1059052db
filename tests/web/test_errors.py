"""Pages for what went wrong say what to do, by what whoever sees them was doing."""

import pytest
from flask import Flask

from intake.web.http.errors import page


@pytest.mark.parametrize("status", [500, 503])
def test_whoever_only_opened_a_page_is_not_told_to_send_it_again(app: Flask, status: int) -> None:
    with app.test_request_context("/reports"):
        opened = page(status).get_data(as_text=True)
    with app.test_request_context("/desk/visits/1/answer", method="POST"):
        sent = page(status).get_data(as_text=True)
    assert "load the page again" in opened.lower() and "Load it again" in opened
    assert "send it again" not in opened and "saved" not in opened
    assert "send it again" in sent if status == 503 else "Nothing was saved" in sent
    assert "Load it again" not in sent
