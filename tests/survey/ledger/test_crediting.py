"""The arithmetic of credit, whatever patients name."""

from hypothesis import given
from hypothesis import strategies as st

from intake.survey.ledger.crediting import MOST_MENTIONS, UNIT, CreditedMention, credits_of

ids = st.integers(min_value=1, max_value=6)
mentions = st.one_of(
    st.builds(CreditedMention, source_id=st.none() | ids),
    st.builds(CreditedMention, source_id=ids, physician_id=ids),
    st.builds(CreditedMention, source_id=ids, referring_patient_id=ids),
)
answers = st.lists(mentions, max_size=20)


def test_every_share_of_up_to_twelve_mentions_is_a_whole_number() -> None:
    assert all(UNIT % count == 0 for count in range(1, MOST_MENTIONS + 1))


@given(answers)
def test_primary_and_fractional_credit_each_sum_to_one_visit(answer: list[CreditedMention]) -> None:
    credits = credits_of(answer)

    assert sum(credit.primary for credit in credits) == UNIT
    assert sum(credit.fractional for credit in credits) == UNIT


@given(answers)
def test_any_mention_credits_a_whole_visit_to_each_thing_once(answer: list[CreditedMention]) -> None:
    credits = credits_of(answer)

    assert {credit.any_mention for credit in credits} == {UNIT}
    assert len({credit.of for credit in credits}) == len(credits)


@given(answers)
def test_naming_everything_twice_changes_nothing(answer: list[CreditedMention]) -> None:
    assert credits_of(answer + answer) == credits_of(answer)


@given(st.lists(st.builds(CreditedMention, source_id=ids), min_size=1, max_size=12))
def test_the_first_source_named_is_the_primary_one(answer: list[CreditedMention]) -> None:
    primary = [credit.of for credit in credits_of(answer) if credit.primary]

    assert primary == [answer[0]]


def test_an_answer_that_names_nothing_readable_is_credited_to_the_unmatched_row() -> None:
    (credit,) = credits_of([])

    assert credit.of == CreditedMention(None)
    assert (credit.primary, credit.any_mention, credit.fractional) == (UNIT, UNIT, UNIT)


def test_a_source_named_bare_and_with_its_doctor_counts_once_with_the_doctor() -> None:
    credits = credits_of([CreditedMention(1), CreditedMention(2), CreditedMention(1, physician_id=9)])

    assert [credit.of for credit in credits] == [CreditedMention(1, physician_id=9), CreditedMention(2)]
    assert [credit.primary for credit in credits] == [UNIT, 0]


def test_two_doctors_named_are_two_mentions() -> None:
    credits = credits_of([CreditedMention(1, physician_id=8), CreditedMention(1, physician_id=9)])

    assert [credit.fractional for credit in credits] == [UNIT // 2, UNIT // 2]
