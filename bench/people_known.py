"""What is known of people: physicians typed bare, our own people, surnames alone, and charts that are one person's.

    ./dev bench people_known [--quick] [--failures]

Physicians are the demo's, without a title; our own people stand in forty phrasings; surnames are the census's. Nobody
of them may be counted as somebody who sent a patient. Pairs of charts, and traps that are two people, go through the
rule of `flask patients duplicates`.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from bench._databases import migrated
from bench._figures import finish
from bench.matching import ANSWERS
from intake import clock
from intake.db import db
from intake.dev.demo.practice import add_physicians, add_practice
from intake.dev.demo.texting import insert_rows
from intake.directory.merging.duplicate_patients import alike_patients
from intake.directory.models import Location, Patient, Physician, Visit
from intake.directory.practice.providers import set_own_providers
from intake.survey.free_text.typed_answers import read_text
from intake.survey.spotting.practice_sources import lexicon
from intake.survey.spotting.surnames import is_common_surname
from intake.survey.text_reader.reader import AnswerReading
from tests.databases import settings_for

OWN = (("Ada", "Lindqvist"), ("Paul", "Obi"), ("Mei", "Tanaka"), ("Samuel", "Ríos"), ("Caroline", "Ashworth"))
SURNAMES = 1_500
MOST_TRAPS, LEAST_OFFERED, LEAST_PROPOSED = 2, 0.9, 130 / 140


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the same; it takes seconds")
    parser.add_argument("--failures", action="store_true", help="show what is read or offered wrongly")
    show = parser.parse_args().failures
    figures: dict[str, Any] = {"bench": "people_known"}
    with (
        tempfile.TemporaryDirectory(prefix="intake-bench-") as folder,
        migrated(settings_for(f"sqlite:///{folder}/people.db")),
    ):
        add_practice()
        add_physicians(random.Random(1))
        set_own_providers(f"Dr. {first} {last}" for first, last in OWN)
        db.session.commit()
        figures |= _physicians(show=show) | _own_people(show=show) | _surnames(show=show) | _charts(show=show)
    figures["holds"] = (
        not (figures["physicians_counted"] or figures["own_credited"] or figures["surnames_counted"])
        and figures["physicians_proposed"] >= LEAST_PROPOSED * figures["physicians"]
        and figures["pairs_offered"] >= LEAST_OFFERED * figures["pairs"]
        and figures["traps_offered"] <= MOST_TRAPS
    )
    return finish(figures)


def _counted(reading: AnswerReading) -> bool:
    return any(mention.counts for mention in reading.mentions)


def _physicians(*, show: bool) -> dict[str, int]:
    """How many of the physicians, named and no more, count as anything, and are proposed as themselves."""
    listed = db.session.execute(select(Physician.first_name, Physician.last_name)).all()
    names = sorted({f"{first} {last}" for first, last in listed})
    counted = proposed = 0
    for name in names:
        reading = read_text(name)
        counted += _counted(reading)
        first = next((each.physician or next(iter(each.candidates), None) for each in reading.mentions), None)
        right = first is not None and f"{first.first_name} {first.last_name}" == name
        proposed += right
        if show and not right:
            print(f"  {name}: {[(each.source_code, each.reason) for each in reading.mentions]}")
    print(f"physicians typed bare: {proposed} of {len(names)} proposed, {counted} counted")
    return {"physicians": len(names), "physicians_proposed": proposed, "physicians_counted": counted}


def _phrasings() -> Iterator[tuple[str, str]]:
    """Each phrasing with each of our own people, and the given name of the one it names."""
    lines = (ANSWERS / "own_people.txt").read_text(encoding="utf-8").splitlines()
    for line in (line for line in lines if line and not line.startswith("#")):
        for first, last in OWN:
            yield line.format(P=f"{first} {last}", L=last, D=f"Dr. {last}"), first


def _own_people(*, show: bool) -> dict[str, int]:
    """How many of the phrasings about our own people credit a physician, or would when asked.

    Where somebody outside has the surname too, it is asked about; that one is no credit to ours.
    """
    credited = read = 0
    for text, first in _phrasings():
        read += 1
        for mention in read_text(text).mentions:
            theirs = mention.proposed is not None and mention.proposed.name.startswith(f"{first} ")
            if theirs or (mention.source_code == "doctor" and mention.counts):
                credited += 1
                if show:
                    print(f"  {text}: {mention.source_code} {mention.confidence} {mention.reason}")
    print(f"our own people: {credited} of {read} phrasings credit a physician")
    return {"own_phrasings": read, "own_credited": credited}


def _surnames(*, show: bool) -> dict[str, int]:
    """How many surnames of the census, every so many of them, count as anything when nothing else is typed.

    Words of the list and the few rare surnames that are words ("Daughters") may well be meant.
    """
    lines = (files("names") / "dist.all.last").read_text(encoding="ascii").splitlines()
    names = [line.split(" ", 1)[0].title() for line in lines]
    names = names[:: len(names) // SURNAMES][:SURNAMES]
    counted = 0
    for name in names:
        if name.casefold() in lexicon().words and not is_common_surname(name.casefold()):
            continue
        mentions = [each for each in read_text(name).mentions if each.counts and not each.exact]
        counted += bool(mentions)
        if show and mentions:
            print(f"  {name}: {[(each.source_code, each.confidence, each.reason) for each in mentions]}")
    print(f"surnames alone: {counted} of {len(names)} counted that are no word of the list")
    return {"surnames": len(names), "surnames_counted": counted}


def _charts(*, show: bool) -> dict[str, int]:
    """How many pairs of charts of one person are offered, and how many traps."""
    pairs = [json.loads(line) for line in (ANSWERS / "charts.jsonl").read_text(encoding="utf-8").splitlines()]
    now = clock.now()
    location = db.session.scalars(select(Location.id)).first()
    assert location is not None
    ids = insert_rows(
        Patient,
        [
            {
                "mrn": f"CHART-{number}{side}",
                "first_name": pair[side]["first"],
                "last_name": pair[side]["last"],
                "birth_date": date.fromisoformat(pair[side]["birth_date"]),
                "mobile_e164": f"+1{pair[side]['phone']}",
                "created_at": now,
            }
            for number, pair in enumerate(pairs)
            for side in ("a", "b")
        ],
    )
    visit = {"location_id": location, "scheduled_at": now, "visit_date": now.date(), "arrived_at": now}
    visit |= {"visit_type": "new", "status": "arrived", "created_at": now}
    insert_rows(Visit, [{**visit, "patient_id": chart} for chart in ids])
    db.session.commit()
    found = {each.ids for each in alike_patients(within=[location])}
    offered = {True: 0, False: 0}
    for number, pair in enumerate(pairs):
        together = (ids[2 * number], ids[2 * number + 1]) in found
        offered[pair["same"]] += together
        if show and together != pair["same"]:
            print(f"  {'missed' if pair['same'] else 'offered'}: {pair['a']} {pair['b']} {pair['why']}")
    same = sum(pair["same"] for pair in pairs)
    print(f"charts: {offered[True]} of {same} pairs offered, {offered[False]} of {len(pairs) - same} traps")
    return {"pairs": same, "pairs_offered": offered[True], "traps": len(pairs) - same, "traps_offered": offered[False]}


if __name__ == "__main__":
    raise SystemExit(main())
