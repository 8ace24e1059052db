"""The tablet: what patients write in their own words."""

from tests.capture.walking import answers_of, begin, send, standing


def test_own_words_are_kept_whole_and_wait_for_a_person_when_nothing_is_read_in_them(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source="other")
    assert page.step == "words"
    send(client, page, text="  qwrtz plmkn 🕊️\nيا سلام  ")
    answer, [mention] = standing(session, visit)
    assert answer.verbatim == "qwrtz plmkn 🕊️\nيا سلام"
    assert (mention.match_state, mention.source_id) == ("unmatched", None)


def test_own_words_that_name_a_source_count_as_it_at_once(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source=["other", "event"], tapped="other,event")
    page = send(client, page, text="Saw you on facebook")
    page = send(client, page, main="2")
    answer, mentions = standing(session, visit)
    assert answer.verbatim == "Saw you on facebook"
    assert [mention.source_id for mention in mentions] == [clinic.sources["event"].id, clinic.sources["facebook"].id]


def test_own_words_that_repeat_a_choice_are_kept_and_count_once(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source=["other", "online_search"])
    send(client, page, text="Google")
    answer, [mention] = standing(session, visit)
    assert (answer.verbatim, mention.detail) == ("Google", "Google")
    assert mention.source_id == clinic.sources["online_search"].id


def test_not_remembering_in_ones_own_words_is_that_outcome(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source="other")
    assert "Thank you" in send(client, page, text="I don't remember").text
    answer, mentions = standing(session, visit)
    assert (answer.outcome, answer.verbatim, mentions) == ("dont_remember", "I don't remember", [])


def test_choosing_again_keeps_own_words_only_with_something_else(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source=["other", "event"])
    page = send(client, page, text="Google and my neighbor Linda")
    page = send(client, page, do="back")
    page = send(client, page, do="back")
    assert sorted(page.checked) == ["event", "other"]
    page = send(client, page, source=["other"])
    assert (page.step, page.values["text"]) == ("words", "Google and my neighbor Linda")
    assert standing(session, visit)[0].verbatim == "Google and my neighbor Linda"
    page = send(client, page, do="back")
    assert "Thank you" in send(client, page, source="event").text
    answer, [mention] = standing(session, visit)
    assert (answer.verbatim, mention.source_id) == ("", clinic.sources["event"].id)


def test_own_words_come_back_when_going_back(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source=["other", "event"])
    page = send(client, page, text="Google and my neighbor Linda")
    page = send(client, page, do="back")
    assert (page.step, page.values["text"]) == ("words", "Google and my neighbor Linda")
    page = send(client, page, do="skip")
    answer, mentions = standing(session, visit)
    assert answer.verbatim == ""
    assert {mention.source_id for mention in mentions} == {clinic.sources["event"].id, clinic.sources["other"].id}


def test_words_too_long_to_keep_come_back_as_they_were_typed(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source="friend_family")
    long_name = "Linda " * 2000
    page = send(client, page, text=long_name)
    assert page.status == 422
    assert "shorten it to 200" in page.text
    assert page.values["text"] == long_name
    assert len(answers_of(session, visit)) == 1


def test_control_characters_never_reach_the_database(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source="friend_family")
    send(client, page, text="Lin\x00da\x1b[31m")
    assert standing(session, visit)[1][0].detail == "Linda[31m"
