"""Titles that exports give the columns of a schedule: whole ones, and what they are put together from."""

import re
from functools import lru_cache

LONGEST_TITLE = 200


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Titles of columns that say yes or no to "is this a new patient?" instead of naming a type.
YES_OR_NO = words("newpatient newpt isnew isnewpatient newpatientflag newpatientyn newyn new")
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
    "age": "age patientage ptage ageyears currentage ageatvisit",
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
    "arrived": (
        "checkintime checkedintime checkedinat arrivaltime arrivedat arrivedtime checkinat checkindatetime "
        "arrivaldatetime timearrived timein arrived checkin checkedin"
        " apptcheckintime arrivedtimestamp signintime"
    ),
}
_PLACES = {name: (key, place) for key, names in TITLES.items() for place, name in enumerate(names.split())}
# Words that titles are put together from, with their abbreviations, by what they stand for.
_PARTS = {
    "appt": "appt appts appointment appointments appmt apptmt apmt apt sched schedule scheduled schd schdl booking "
    "encounter enc enctr visit vst slot",
    "id": "id ids number no num nbr nmbr nr key identifier guid uid",
    "patient": "pt pat patient patients ptnt ptn client person persn",
    "ref": "ref rfr rfrrng rfrng refg refd refer refers referring refering reffering referred refered referral "
    "referrer rfrl rfrd refring refrng refrg",
    "provider": "prov provs prvdr prvd prv prvr provider providers physician phys physcn doctor doc dr md clinician "
    "practitioner resource rsrc",
    "renders": "rendering rndrng rndr rend seeing seen sees treating trtng attending attndng schdlng scheduling "
    "with who",
    "npi": "npi",
    "status": "status stat stats sts state disposition",
    "kept": "kept keptind",
    "location": "loc locn location dept dprtmnt dpt department deptmt facility fac facl site office ofc clinic branch",
    "service": "svc srvc service",
    "type": "type typ typs category catg cat reason rsn",
    "event": "event evt",
    "date": "date dt dte day",
    "time": "time tm tme hour hr",
    "both": "datetime dttm dtm dtime timestamp",
    "begin": "beg begin bgn begins start strt starts",
    "birth": "birth dob born brth birthdate birthday",
    "chart": "chart chrt mrn mr med medical record rec recd emr ehr account acct acc",
    "mobile": "cell cellular mobile mbl mob cel",
    "phone": "phone phn ph tel telephone",
    "language": "language lang lng",
    "preferred": "preferred pref primary prim",
    "first": "first fst frst given",
    "last": "last lst surname family",
    "name": "name nm nme names full fullname",
    "new": "new",
    "flag": "ind indicator flag flg yn y n code cd is",
    "arrived": "checkin arrival arrived arrv",
    "small": "of the for at to by a and or desc descr description",
}
PART_OF = {word: part for part, known in _PARTS.items() for word in known.split()}
# What a title of these parts is: those it must have, and those it may have besides.
_MADE_OF = (
    ("referrer_npi", "ref npi", "provider id appt name"),
    ("referrer_name", "ref", "provider name appt"),
    ("birth_date", "birth", "date patient"),
    ("visit_type", "type", "appt event name patient service"),
    ("visit_type", "new", "patient flag"),
    ("start", "both", "appt begin"),
    ("start", "date time", "appt begin"),
    ("day", "date", "appt begin service event"),
    ("time", "time", "appt begin"),
    ("arrived", "arrived", "time date both"),
    ("status", "status", "appt flag kept"),
    ("location", "location", "appt name service"),
    ("appointment_id", "appt id", ""),
    ("appointment_id", "event id", "appt"),
    ("mrn", "chart", "patient id"),
    ("mrn", "patient id", ""),
    ("mobile", "mobile", "patient phone id"),
    ("language", "language", "patient preferred"),
    ("first_name", "first", "patient name"),
    ("last_name", "last", "patient name"),
    ("full_name", "patient name", ""),
    ("provider", "provider", "renders name appt"),
    ("provider", "renders", "name"),
)
# After every title of TITLES; a number that some other system gives its patients comes last.
_RANK_OF_PARTS, _RANK_OF_A_SYSTEM = 1_000, 2_000
_NO_CHART = words(
    "insurance ins policy plan member subscriber group guarantor portal national driver license licence ssn social tax "
    "employer employee payer payor claim auth family household case order invoice batch device primary secondary home "
    "work fax phone email zip race gender sex type status old prior alternate alt second"
)


# Zones that a title may name ("Start (UTC)", "Appt Time EST"), and whose clocks they are.
_ZONES = {
    "UTC": "utc gmt zulu",
    "America/New_York": "est edt eastern",
    "America/Chicago": "cst cdt central",
    "America/Denver": "mst mdt mountain",
    "America/Los_Angeles": "pst pdt pacific",
}
_ZONE_OF = {word: zone for zone, known in _ZONES.items() for word in known.split()}
_IN_BRACKETS = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
}  # fmt: skip
_ZONE_BEHIND = re.compile(rf"(?<=\w)[\s_.-]+({'|'.join(_ZONE_OF)})(?:[\s_.-]+time)?$", re.I)


def zone_of(title: str) -> str:
    """The time zone that a title names, as the world's list of zones calls it; empty for none."""
    bracketed = words_of(" ".join(re.findall(r"[(\[{](.*?)[)\]}]", title[:LONGEST_TITLE])))
    behind = [match[1].casefold()] if (match := _ZONE_BEHIND.search(title[:LONGEST_TITLE].strip())) else []
    named = [_ZONE_OF.get(word) or _IN_BRACKETS.get(word, "") for word in (*bracketed, *behind)]
    return next(filter(None, named), "")


def squeezed(title: str) -> str:
    """Reduce a title to what is compared: `Appt. # (internal)` becomes `apptnumber`."""
    title = re.sub(r"[(\[{].*?[)\]}]", " ", title[:LONGEST_TITLE]).replace("#", " number ").replace("&", " and ")
    return re.sub(r"[^a-z0-9]", "", title.casefold())


def words_of(title: str) -> list[str]:
    title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", title[:LONGEST_TITLE]).replace("#", " number ")
    return re.findall(r"[a-z]+|\d+", title.replace("'s", "").casefold())


@lru_cache(maxsize=4_096)
def place_of(title: str) -> tuple[str, int]:
    """Key of the column that a title names, and its rank among the titles for it, best first; ("", 0) for none."""
    title = _ZONE_BEHIND.sub("", title[: LONGEST_TITLE + 1].strip())
    if known := _PLACES.get(squeezed(title)):
        return known
    said = words_of(title)
    if not 0 < len(said) <= 8 or len(title) > LONGEST_TITLE:
        return "", 0
    parts = {PART_OF.get(word, "?") for word in said} - {"small"}
    if len(said) > 1:
        for key, needed, besides in _MADE_OF:
            if set(needed.split()) <= parts <= {*needed.split(), *besides.split()}:
                return key, _RANK_OF_PARTS
    others = [word for word in said if word not in PART_OF]
    if parts == {"patient", "id", "?"} and len(others) == 1 and _NO_CHART.isdisjoint(said):
        return "mrn", _RANK_OF_A_SYSTEM
    return "", 0


def says_whether_new(title: str) -> bool:
    """Whether a column says yes or no to "is this a new patient?"."""
    parts = {PART_OF.get(word) for word in words_of(title)}
    return squeezed(title) in YES_OR_NO or ("new" in parts and parts <= {"new", "patient", "flag"})
