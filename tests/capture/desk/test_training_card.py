"""The card on how to ask stands at the desk of whoever gets fewer answers than the others, until it is put away."""

from datetime import UTC, datetime

import pytest
import time_machine


@pytest.mark.on("sqlite")
@time_machine.travel(datetime(2026, 5, 12, 15, tzinfo=UTC), tick=False)
def test_the_card_is_shown_to_whoever_gets_fewer_answers(client, make, sign_in, session):
    place, sources = make.location("Riverside"), make.sources()
    asks_well, asks_badly = (make.staff("front_desk", locations=[place]) for _ in range(2))
    for number in range(30):
        make.answer(make.visit(place), sources["tv"], staff=asks_well)
        reply = "answered" if number < 10 else "dont_remember"
        make.answer(make.visit(place), *([sources["tv"]] if number < 10 else []), outcome=reply, staff=asks_badly)
    manager = make.staff("manager", locations=[place], all_locations=True)
    sign_in(client, manager)
    client.post("/relationships/words", data={"kind": "how_to_ask", "body": "Smile first.\n\nThen <wait>."})

    sign_in(client, asks_well)
    assert "How to ask" not in client.get("/desk").text
    sign_in(client, asks_badly)
    page = client.get("/desk").text
    assert "<li>Smile first.</li><li>Then &lt;wait&gt;.</li>" in page
    client.post("/desk/card/put-away")
    assert "How to ask" not in client.get("/desk").text
