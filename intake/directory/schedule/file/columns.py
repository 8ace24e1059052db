"""Columns of a schedule file, recognised by the titles that exports give them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from intake.directory.schedule.file.import_errors import ImportProblem

HEADER_WITHIN_ROWS = 30
LONGEST_TITLE = 200
BARE_NPI = frozenset({"npi", "npinumber"})
# Titles of columns that say yes or no to "is this a new patient?" instead of naming a type.
YES_OR_NO = frozenset("newpatient newpt isnew isnewpatient newpatientflag newpatientyn newyn new".split())  # noqa: SIM905


@dataclass(frozen=True)
class ScheduleColumn:
    """A column that is read: its key, its name on pages, and a title to suggest when it is missing."""

    key: str
    label: str
    example: str
    required: bool = False


COLUMNS = (
    ScheduleColumn("appointment_id", "appointment id", "Appt ID", required=True),
    ScheduleColumn("mrn", "chart number (MRN)", "MRN", required=True),
    ScheduleColumn("first_name", "first name", "First Name", required=True),
    ScheduleColumn("last_name", "last name", "Last Name", required=True),
    ScheduleColumn("full_name", "patient name", "Patient Name"),
    ScheduleColumn("birth_date", "date of birth", "DOB", required=True),
    ScheduleColumn("mobile", "mobile phone", "Mobile"),
    ScheduleColumn("start", "start of the appointment", "Start"),
    ScheduleColumn("day", "date of the appointment", "Appt Date"),
    ScheduleColumn("time", "time of the appointment", "Appt Time"),
    ScheduleColumn("visit_type", "type of visit", "Visit Type", required=True),
    ScheduleColumn("status", "status", "Status", required=True),
    ScheduleColumn("provider", "provider", "Provider"),
    ScheduleColumn("language", "language", "Language"),
    ScheduleColumn("agrees", "consent to texts", "Text Consent"),
    ScheduleColumn("referrer_name", "referring physician", "Referring Physician"),
    ScheduleColumn("referrer_npi", "referring physician's NPI", "Referring NPI"),
    ScheduleColumn("location", "location", "Location"),
    ScheduleColumn("arrived", "time of arrival", "Check-In Time"),
    ScheduleColumn("cancel_reason", "reason of a cancellation", "Cancel Reason"),
)
# What exports call each column, best first, as `squeezed` writes titles.
TITLES = {
    "appointment_id": (
        "appointmentid apptid appointmentnumber apptnumber appointmentno apptno appointmentkey apptkey "
        "appointmentidentifier visitid visitnumber visitno encounterid encounternumber csn eventid bookingid "
        "bookingnumber scheduleid appointmentuid appointmentref apptref reservationid"
        " prntapptid apptnbr appointmentnbr "
        "encounternbr aptnum aptid pceid fin finnumber appointmentguid apptguid apptuid slotid appointmentcode id"
    ),
    "mrn": (
        "mrn medicalrecordnumber medicalrecordno medicalrecord medrecno medrecnumber mrnumber mrno mrnnumber "
        "patientmrn ptmrn chartnumber chartno chart chartid patientchartnumber patientchart emrnumber emrid "
        "patientid patientnumber patientno ptid ptnumber ptno patid patientaccountnumber accountnumber acctnumber "
        "acctno account acct patientaccount patientidentifier personnumber pid personnbr medrecnbr patmrn "
        "patientmrnnumber patientacctno patientacct patientacctnumber patnum prn patientprn "
        "patientrecordnumber clientid clientnumber hrn urnumber urno medicalrecordnbr chartnbr recordnumber caseid"
    ),
    "first_name": (
        "firstname patientfirstname ptfirstname first patientfirst ptfirst fname patientfname givenname "
        "patientgivenname legalfirstname patfirstname firstnm forename"
        " patientfirstnm memberfirstname clientfirstname firstnamelegal"
    ),
    "last_name": (
        "lastname patientlastname ptlastname last patientlast ptlast lname patientlname surname familyname "
        "patientsurname patientfamilyname legallastname patlastname lastnm"
        " patientlastnm clientlastname lastnamelegal"
    ),
    "full_name": (
        "patientname ptname patientfullname fullname patname patientlastfirst lastfirst personname clientname patient "
        "client name member"
    ),
    "birth_date": (
        "dateofbirth dob birthdate patientdob patientdateofbirth patientbirthdate ptdob birthday bdate dobirth "
        "datebirth bday patdob"
        " patientbirthday patbirthdate born birthdt dateofbirthdob clientdob"
    ),
    "mobile": (
        "mobile mobilephone mobilenumber mobilephonenumber mobileno cell cellphone cellnumber cellphonenumber cellno "
        "patientmobile patientmobilephone patientcell patientcellphone ptcell ptmobile textnumber smsnumber smsphone "
        "phone phonenumber phoneno patientphone patientphonenumber ptphone primaryphone preferredphone contactnumber "
        "contactphone telephone tel telephonenumber"
        " patientmobileno patientmobilenumber wirelessphone wireless mobilephoneno cellphoneno phonemobile phonecell "
        "smartphone patcellphone patphone"
    ),
    "start": (
        "start startdatetime appointmentstart apptstart appointmentdatetime apptdatetime startsat scheduledstart "
        "scheduledat scheduledfor datetime appointmentdateandtime appointmentdatetimestart apptdateandtime "
        "dateandtime appointmentstartdatetime startdateandtime scheduleddatetime visitdatetime slotstart begin "
        "beginsat apptdttm startdttm"
        " aptdatetime apptstartdatetime appointmentdatetimelocal scheduleddateandtime scheddatetime starttimestamp "
        "appointmentbegin apptbegin apptstartdttm"
    ),
    "day": (
        "appointmentdate apptdate startdate visitdate servicedate dateofservice dos scheduleddate scheddate date day "
        "encounterdate appointmentday apptdt dateofvisit dateofappointment scheduledate"
        " aptdate pceventdate eventdate begindate apptday sessiondate"
    ),
    "time": (
        "appointmenttime appttime starttime appointmentstarttime apptstarttime visittime scheduledtime schedtime "
        "time timeofday begintime timestart slottime slot encountertime scheduletime"
        " appointmentbegintime apptbegintime pcstarttime aptime aptstarttime hour timestartofappointment"
    ),
    "visit_type": (
        "visittype type appointmenttype appttype patienttype typeofvisit typeofappointment newestablished "
        "neworestablished newest newexisting apptreason appointmentreason visitreason visitcategory "
        "appointmentcategory apptcategory encountertype scheduletype eventtype appointmenttypename visittypename "
        "newpatient newpt isnew isnewpatient newpatientflag newpatientyn newyn new"
        " appointmentprofile apptprofile appointmentreason1 reasonforvisit reasonforappointment reason eventname event "
        "category appointmenttypedescription appttypename visittypedescription service servicetype newpatientindicator"
    ),
    "status": (
        "status appointmentstatus apptstatus visitstatus appointmentstate apptstate encounterstatus checkinstatus "
        "schedulestatus apptstat confirmationstatus stat"
        " apptslotstatus aptstatus appointmentstatusname apptstatusname pcapptstatus appointmentstatusdescription "
        "bookingstatus currentstatus confirmed"
    ),
    "provider": (
        "provider providername renderingprovider appointmentprovider apptprovider scheduledprovider visitprovider "
        "treatingprovider attendingprovider attending seenby clinician doctor physician resource resourcename "
        "practitioner schedulingprovider withprovider providerfullname scheduledwith seeing"
        " appointmentprovidername apptschdlngprvdr schdlngprvdr apptprovidername providerresource resourcename1 "
        "renderingprovidername seenbyprovider provname rendering primaryprovider doctorname scheduledprovidername"
    ),
    "language": (
        "language preferredlanguage patientlanguage primarylanguage lang preflang languagepreference spokenlanguage "
        "patientpreferredlanguage preflanguage"
    ),
    "agrees": (
        "textconsent smsconsent consenttotext consenttotexts consenttosms textingconsent textmessageconsent oktotext "
        "oktosms textok smsok maytext cantext smsoptin textoptin optintext optintexts optinsms textmessageoptin "
        "agreestotexts agreestotext allowtext allowtexts allowsms allowtextmessages textpermission smspermission "
        "permissiontotext receivetexts receivesms acceptstexts"
    ),
    "referrer_name": (
        "referringphysician referringphysicianname referringprovider referringprovidername referringdoctor "
        "referringdoctorname referringmd referringdr referringname referralprovider referralprovidername "
        "referralphysician refphysician refprovider refprovidername refdoctor refdr refmd refphys referring "
        "referringclinician referrer referrername referredby referredbyphysician referredbyprovider refby "
        "referraldoctor refphysicianname refprov referringprov"
        " appointmentreferringprovidername appointmentreferringprovider referringproviderfullname referredfrom "
        "demographicsreferringprovidername referringphysicianfullname"
    ),
    "referrer_npi": (
        "referringnpi referringphysiciannpi referringprovidernpi referringdoctornpi refnpi refphysiciannpi "
        "refprovidernpi referralnpi referrernpi npi referringnpinumber refprovnpi referringphysiciannpinumber "
        "referringprovidernpinumber referredbynpi referringmdnpi refdrnpi npinumber referralprovidernpi"
        " appointmentreferringprovidernpi demographicsreferringprovidernpi"
    ),
    "location": (
        "location locationname locationcode facility facilityname office officename site sitename department "
        "departmentname dept clinic clinicname practicelocation servicelocation appointmentlocation apptlocation "
        "visitlocation place branch"
        " appointmentfacilityname apptfacility svcdprtmnt servicedepartment servicelocationname apptdepartment deptmt "
        "appointmentoffice practicesite"
    ),
    "cancel_reason": (
        "cancelreason apptcancelreason appointmentcancelreason cancellationreason reasoncancelled cancelledreason "
        "canceledreason apptcancelreasonname"
    ),
    "arrived": (
        "checkintime checkedintime checkedinat arrivaltime arrivedat arrivedtime checkinat checkindatetime "
        "arrivaldatetime timearrived timein arrived checkin checkedin"
        " apptcheckintime arrivedtimestamp signintime"
    ),
}
BY_KEY = {column.key: column for column in COLUMNS}
_PLACES = {name: (key, place) for key, names in TITLES.items() for place, name in enumerate(names.split())}


@dataclass(frozen=True)
class Header:
    """The header row: where each column stands, its title in the export, and the titles that aren't read."""

    row: int
    places: dict[str, int]
    titles: dict[str, str]
    ignored: tuple[str, ...] = ()
    problems: tuple[ImportProblem, ...] = ()
    width: int = 0

    def title(self, key: str) -> str:
        """Title of the column as it stands in the sheet; our own label for one that isn't there."""
        return self.titles.get(key) or BY_KEY[key].label


def squeezed(title: str) -> str:
    """Reduce a title to what is compared: `Appt. # (internal)` becomes `apptnumber`."""
    title = re.sub(r"[(\[{].*?[)\]}]", " ", title[:LONGEST_TITLE]).replace("#", " number ").replace("&", " and ")
    return re.sub(r"[^a-z0-9]", "", title.casefold())


def recognised(row: Sequence[Any]) -> int:
    """Number of different columns of a schedule that this row names."""
    return len({place[0] for cell in row if isinstance(cell, str) and (place := _PLACES.get(squeezed(cell)))})


def find_header(rows: Sequence[Sequence[Any]], *, day_elsewhere: bool = False) -> Header:
    """Find the row near the top that names most columns; its `problems` say what is missing or doubled."""
    near = rows[:HEADER_WITHIN_ROWS]
    at = max(range(len(near)), key=lambda number: (recognised(near[number]), -number), default=0)
    if not near or recognised(near[at]) < 2:
        at = next((number for number, row in enumerate(near) if any(str(cell).strip() for cell in row)), 0)
    titles = [str(cell).strip() for cell in near[at]] if near else []
    return read_header(at + 1, titles, day_elsewhere=day_elsewhere)


def read_header(row: int, titles: Sequence[str], *, day_elsewhere: bool = False) -> Header:
    """Read one header row. Of two titles for one column the better one is taken; two equal ones are a problem.

    `day_elsewhere` says whether something else than a column of its own may give the day.
    """
    best: dict[str, tuple[int, int]] = {}
    problems: list[ImportProblem] = []
    for index, title in enumerate(titles):
        key, rank = _PLACES.get(squeezed(title), ("", 0))
        if not key:
            continue
        if key not in best or rank < best[key][0]:
            best[key] = (rank, index)
        elif rank == best[key][0]:
            first = letter_of(best[key][1])
            problems.append(
                ImportProblem(
                    row, title, f"this column twice, as {first} and {letter_of(index)}", "it once: delete one of them"
                )
            )
    places = {key: index for key, (_, index) in best.items()}
    npi = places.get("referrer_npi")
    # A bare "NPI" is the referring physician's only beside that name; elsewhere it is the provider's own.
    bare = npi is not None and squeezed(titles[npi]) in BARE_NPI and "ref" not in titles[npi].casefold()
    if npi is not None and bare and abs(npi - places.get("referrer_name", -9)) != 1:
        del places["referrer_npi"]
    taken = set(places.values())
    ignored = tuple(title for index, title in enumerate(titles) if title and index not in taken)
    found = {key: titles[index] for key, index in places.items()}
    return Header(
        row,
        places,
        found,
        ignored,
        (*problems, *_missing(row, places, titles, day_elsewhere=day_elsewhere)),
        len(titles),
    )


def _missing(row: int, places: dict[str, int], titles: Sequence[str], *, day_elsewhere: bool) -> list[ImportProblem]:
    absent = [column for column in COLUMNS if column.required and column.key not in places]
    if "full_name" in places:
        absent = [column for column in absent if column.key not in ("first_name", "last_name")]
    if not places.keys() & {"start", "day", "time"}:
        absent.append(BY_KEY["start"])
    elif "start" not in places and "day" not in places and not day_elsewhere:
        absent.append(BY_KEY["day"])
    if not absent:
        return []
    there = [title for title in titles if title]
    found = f"the columns {', '.join(there[:40])}" if there else "no column titles"
    if not places:
        found = f"no column title that Intake knows ({', '.join(title[:30] for title in there[:6]) or 'an empty row'})"
    return [
        ImportProblem(row, column.label, "no such column" if at else found, f"a column such as “{column.example}”")
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
