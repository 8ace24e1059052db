"""Initials as patients type them, compared with the names of their charts."""

from intake.capture.patient_flow.initials import are_initials_of, initials
from intake.directory.models import Patient


def _patient(first, last):
    return Patient(first_name=first, last_name=last)


def test_initials_are_read_in_either_order_and_as_whole_names():
    pedro, dao = _patient("Pedro", "Ruiz Soto"), _patient("Thị Đào", "Trần")
    for typed in ("PR", "p.s.", "PRS", "RP", "Pedro Ruiz", "Pedro Soto", "pedro ruiz soto", "Ruiz, Pedro"):
        assert are_initials_of(typed, pedro), typed
    assert are_initials_of("TĐ", dao) and are_initials_of("ĐT", dao)
    for typed in ("", "P", "XY", "PX", "Pedro", "Soto Ruiz"):
        assert not are_initials_of(typed, pedro), typed


def test_one_name_is_a_whole_name():
    assert are_initials_of("m", _patient("", "Madonna"))
    assert not are_initials_of("mm", _patient("", "Madonna"))


def test_the_arabic_article_is_no_initial_and_each_script_is_read_in_the_other():
    ahmad = _patient("أحمد", "الخطيب")
    assert initials(ahmad) == "أ. خ."
    for typed in ("أخ", "خ أ", "أحمد الخطيب", "AK", "A. K.", "Ahmad Khatib"):
        assert are_initials_of(typed, ahmad), typed
    assert not are_initials_of("FH", ahmad)
    assert are_initials_of("FH", _patient("فاطمة", "حسيني"))
    assert are_initials_of("ف ح", _patient("Fatima", "Hosseini"))
    assert are_initials_of("ИП", _patient("Ivan", "Petrov"))
    assert initials(_patient("Ali", "Ali")) == "A. A."
