"""The bill of materials names every package of the lock and every asset of the browser."""

import json
import re

from intake.dev.runner.lock import bill_of_materials
from intake.dev.runner.practices import TOP


def test_it_names_everything_that_is_locked_with_version_and_hashes() -> None:
    lock = TOP / "requirements.txt"
    bill = bill_of_materials(lock)

    pinned = re.findall(r"^([a-zA-Z0-9._-]+)==([^ ;\\]+)", lock.read_text(), re.MULTILINE)
    found = {(each["name"], each["version"]) for each in bill["components"] if each["purl"].startswith("pkg:pypi/")}
    assert found == {(name.lower(), version) for name, version in pinned} and len(pinned) > 40
    assert all(each["properties"] for each in bill["components"])
    assert any(each["purl"].startswith("pkg:npm/bootstrap@") for each in bill["components"])
    assert {"MIT", "BSD-3-Clause"} & {
        c["licenses"][0]["license"]["name"] for c in bill["components"] if "licenses" in c
    }
    refs = [each["bom-ref"] for each in bill["components"]]
    assert len(refs) == len(set(refs))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5") and json.dumps(bill)
