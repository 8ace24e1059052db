"""Which column of a practice's export is what, whatever the export calls it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from intake.directory.schedule.file.import_errors import Wrong

HEADER_WITHIN_ROWS = 30
LONGEST_TITLE = 200
BARE_NPI = frozenset({"npi", "npinumber"})
# Titles of columns that say yes or no to "is this a new patient?" instead of naming a type.
YES_OR_NO = frozenset(
    {"newpatient", "newpt", "isnew", "isnewpatient", "newpatientflag", "newpatientyn", "newyn", "new"}
)


@dataclass(frozen=True)
class Column:
    """A column we read: what we call it, what to name it when it is missing, and what exports call it, best first.

    Names are squeezed: lower case, letters and digits only, `#` as `number`.
    """

    key: str
    called: str
    example: str
    names: tuple[str, ...]
    required: bool = False


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COLUMNS = (
    Column(
        "appointment_id",
        "appointment id",
        "Appt ID",
        _names(
            "appointmentid apptid appointmentnumber apptnumber appointmentno apptno appointmentkey apptkey "
            "appointmentidentifier visitid visitnumber visitno encounterid encounternumber csn eventid "
            "bookingid bookingnumber scheduleid appointmentuid appointmentref apptref reservationid"
        ),
        required=True,
    ),
    Column(
        "mrn",
        "chart number (MRN)",
        "MRN",
        _names(
            "mrn medicalrecordnumber medicalrecordno medicalrecord medrecno medrecnumber mrnumber mrno mrnnumber "
            "patientmrn ptmrn chartnumber chartno chart chartid patientchartnumber patientchart emrnumber emrid "
            "patientid patientnumber patientno ptid ptnumber ptno patid patientaccountnumber accountnumber acctnumber "
            "acctno account acct patientaccount patientidentifier personnumber pid"
        ),
        required=True,
    ),
    Column(
        "first_name",
        "first name",
        "First Name",
        _names(
            "firstname patientfirstname ptfirstname first patientfirst ptfirst fname patientfname givenname "
            "patientgivenname legalfirstname patfirstname firstnm forename"
        ),
        required=True,
    ),
    Column(
        "last_name",
        "last name",
        "Last Name",
        _names(
            "lastname patientlastname ptlastname last patientlast ptlast lname patientlname surname familyname "
            "patientsurname patientfamilyname legallastname patlastname lastnm"
        ),
        required=True,
    ),
    Column(
        "full_name",
        "patient name",
        "Patient Name",
        _names("patientname ptname patientfullname fullname patient name patname patientlastfirst lastfirst client"),
    ),
    Column(
        "birth_date",
        "date of birth",
        "DOB",
        _names(
            "dateofbirth dob birthdate patientdob patientdateofbirth patientbirthdate ptdob birthday bdate dobirth "
            "datebirth bday patdob"
        ),
        required=True,
    ),
    Column(
        "mobile",
        "mobile phone",
        "Mobile",
        _names(
            "mobile mobilephone mobilenumber mobilephonenumber mobileno cell cellphone cellnumber cellphonenumber "
            "cellno patientmobile patientmobilephone patientcell patientcellphone ptcell ptmobile textnumber "
            "smsnumber smsphone phone phonenumber phoneno patientphone patientphonenumber ptphone primaryphone "
            "preferredphone contactnumber contactphone telephone tel telephonenumber"
        ),
    ),
    Column(
        "start",
        "start of the appointment",
        "Start",
        _names(
            "start startdatetime appointmentstart apptstart appointmentdatetime apptdatetime startsat scheduledstart "
            "scheduledat scheduledfor datetime appointmentdateandtime appointmentdatetimestart apptdateandtime "
            "dateandtime appointmentstartdatetime startdateandtime scheduleddatetime visitdatetime slotstart begin "
            "beginsat apptdttm startdttm"
        ),
    ),
    Column(
        "day",
        "date of the appointment",
        "Appt Date",
        _names(
            "appointmentdate apptdate startdate visitdate servicedate dateofservice dos scheduleddate scheddate "
            "date day encounterdate appointmentday apptdt dateofvisit dateofappointment scheduledate"
        ),
    ),
    Column(
        "time",
        "time of the appointment",
        "Appt Time",
        _names(
            "appointmenttime appttime starttime appointmentstarttime apptstarttime visittime scheduledtime schedtime "
            "time timeofday begintime timestart slottime slot encountertime scheduletime"
        ),
    ),
    Column(
        "visit_type",
        "type of visit",
        "Visit Type",
        _names(
            "visittype type appointmenttype appttype patienttype typeofvisit typeofappointment newestablished "
            "neworestablished newest newexisting apptreason appointmentreason visitreason visitcategory "
            "appointmentcategory apptcategory encountertype scheduletype eventtype appointmenttypename visittypename "
            "newpatient newpt isnew isnewpatient newpatientflag newpatientyn newyn new"
        ),
        required=True,
    ),
    Column(
        "status",
        "status",
        "Status",
        _names(
            "status appointmentstatus apptstatus visitstatus appointmentstate apptstate encounterstatus checkinstatus "
            "schedulestatus apptstat confirmationstatus stat"
        ),
        required=True,
    ),
    Column(
        "provider",
        "provider",
        "Provider",
        _names(
            "provider providername renderingprovider appointmentprovider apptprovider scheduledprovider "
            "visitprovider treatingprovider attendingprovider attending seenby clinician doctor physician resource "
            "resourcename practitioner schedulingprovider withprovider providerfullname scheduledwith seeing"
        ),
    ),
    Column(
        "language",
        "language",
        "Language",
        _names(
            "language preferredlanguage patientlanguage primarylanguage lang preflang languagepreference "
            "spokenlanguage patientpreferredlanguage preflanguage"
        ),
    ),
    Column(
        "agrees",
        "consent to texts",
        "Text Consent",
        _names(
            "textconsent smsconsent consenttotext consenttotexts consenttosms textingconsent textmessageconsent "
            "oktotext oktosms textok smsok maytext cantext smsoptin textoptin optintext optintexts optinsms "
            "textmessageoptin agreestotexts agreestotext allowtext allowtexts allowsms allowtextmessages "
            "textpermission smspermission permissiontotext receivetexts receivesms acceptstexts"
        ),
    ),
    Column(
        "referrer_name",
        "referring physician",
        "Referring Physician",
        _names(
            "referringphysician referringphysicianname referringprovider referringprovidername referringdoctor "
            "referringdoctorname referringmd referringdr referringname referralprovider referralprovidername "
            "referralphysician refphysician refprovider refprovidername refdoctor refdr refmd refphys referring "
            "referringclinician referrer referrername referredby referredbyphysician referredbyprovider refby "
            "referraldoctor refphysicianname refprov referringprov"
        ),
    ),
    Column(
        "referrer_npi",
        "referring physician's NPI",
        "Referring NPI",
        _names(
            "referringnpi referringphysiciannpi referringprovidernpi referringdoctornpi refnpi refphysiciannpi "
            "refprovidernpi referralnpi referrernpi npi referringnpinumber refprovnpi "
            "referringphysiciannpinumber referringprovidernpinumber referredbynpi referringmdnpi refdrnpi npinumber "
            "referralprovidernpi"
        ),
    ),
    Column(
        "location",
        "location",
        "Location",
        _names(
            "location locationname locationcode facility facilityname office officename site sitename department "
            "departmentname dept clinic clinicname practicelocation servicelocation appointmentlocation apptlocation "
            "visitlocation place branch"
        ),
    ),
    Column(
        "arrived",
        "time of arrival",
        "Check-In Time",
        _names(
            "checkintime checkedintime checkedinat arrivaltime arrivedat arrivedtime checkinat checkindatetime "
            "arrivaldatetime timearrived timein arrived checkin checkedin"
        ),
    ),
)
BY_KEY = {column.key: column for column in COLUMNS}
_PLACES = {
    re.sub(r"[^a-z0-9]", "", name.lower()): (column.key, place)
    for column in COLUMNS
    for place, name in enumerate(column.names)
}


@dataclass(frozen=True)
class Header:
    """Which row is the header, where each column stands and what the export calls it; what nobody reads."""

    row: int
    places: dict[str, int]
    titles: dict[str, str]
    ignored: tuple[str, ...] = ()
    wrongs: tuple[Wrong, ...] = field(default=())
    width: int = 0

    def title(self, key: str) -> str:
        """The column as the person sees it in the sheet; our own words for one that isn't there."""
        return self.titles.get(key) or BY_KEY[key].called


def squeezed(title: str) -> str:
    """`Appt. # (internal)` becomes `apptnumber`: case, blanks, marks and what stands in brackets don't matter."""
    title = re.sub(r"[(\[{].*?[)\]}]", " ", title[:LONGEST_TITLE]).replace("#", " number ").replace("&", " and ")
    return re.sub(r"[^a-z0-9]", "", title.casefold())


def recognised(row: Sequence[Any]) -> int:
    """How many different columns of a schedule this row names."""
    return len({place[0] for cell in row if isinstance(cell, str) and (place := _PLACES.get(squeezed(cell)))})


def find_header(rows: Sequence[Sequence[Any]]) -> Header:
    """The row near the top that names most columns; what is missing or doubled stands in its `wrongs`."""
    near = rows[:HEADER_WITHIN_ROWS]
    at = max(range(len(near)), key=lambda number: (recognised(near[number]), -number), default=0)
    if not near or recognised(near[at]) < 2:
        at = next((number for number, row in enumerate(near) if any(str(cell).strip() for cell in row)), 0)
    titles = [str(cell).strip() for cell in near[at]] if near else []
    return read_header(at + 1, titles)


def read_header(row: int, titles: Sequence[str]) -> Header:
    """The columns of one header row. Of two titles that mean the same column the better one is taken; two equal
    ones are wrong, since nobody could say which holds the truth."""
    best: dict[str, tuple[int, int]] = {}
    wrongs: list[Wrong] = []
    for index, title in enumerate(titles):
        key, rank = _PLACES.get(squeezed(title), ("", 0))
        if not key:
            continue
        if key not in best or rank < best[key][0]:
            best[key] = (rank, index)
        elif rank == best[key][0]:
            first = letter_of(best[key][1])
            wrongs.append(
                Wrong(
                    row, title, f"this column twice, as {first} and {letter_of(index)}", "it once: delete one of them"
                )
            )
    places = {key: index for key, (_, index) in best.items()}
    npi = places.get("referrer_npi")
    # A bare "NPI" is the referring physician's only beside that name; elsewhere it is the provider's own.
    if npi is not None and squeezed(titles[npi]) in BARE_NPI and abs(npi - places.get("referrer_name", -9)) != 1:
        del places["referrer_npi"]
    taken = set(places.values())
    ignored = tuple(title for index, title in enumerate(titles) if title and index not in taken)
    found = {key: titles[index] for key, index in places.items()}
    return Header(row, places, found, ignored, (*wrongs, *_missing(row, places, titles)), len(titles))


def _missing(row: int, places: dict[str, int], titles: Sequence[str]) -> list[Wrong]:
    absent = [column for column in COLUMNS if column.required and column.key not in places]
    if "full_name" in places:
        absent = [column for column in absent if column.key not in ("first_name", "last_name")]
    if not places.keys() & {"start", "day", "time"}:
        absent.append(BY_KEY["start"])
    elif "start" not in places and "day" not in places:
        absent.append(BY_KEY["day"])
    if not absent:
        return []
    there = [title for title in titles if title]
    found = f"the columns {', '.join(there[:40])}" if there else "no column titles"
    if not places:
        found = f"no column title that Intake knows ({', '.join(title[:30] for title in there[:6]) or 'an empty row'})"
    return [
        Wrong(row, column.called, "no such column" if at else found, f"a column such as “{column.example}”")
        for at, column in enumerate(absent)
    ]


def letter_of(index: int) -> str:
    """Spreadsheet letters of a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
