"""Refreshes the assets under intake/static/vendor: `python -m intake.dev.assets.vendor`. Needs npm; installs never do.

The manifest beside them pins each package, says where in it its files lie, and names those that are served. For another
icon or version change it and run this: digests are written anew, and a new file's may be empty.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"


def refresh() -> None:
    """Download every pinned package, keep the listed files and write the manifest."""
    entries = json.loads(MANIFEST.read_text())
    with tempfile.TemporaryDirectory() as scratch:
        for entry in entries:
            _take(entry, Path(scratch))
            sys.stdout.write(f"{entry['npm']} {entry['version']}: {len(entry['files'])} files\n")
    MANIFEST.write_text(json.dumps(entries, indent=2) + "\n")


def differences() -> list[str]:
    """Return the files whose bytes aren't those of the manifest, and those that it doesn't know."""
    wrong = []
    known = {MANIFEST.name}
    for entry in json.loads(MANIFEST.read_text()):
        for name, digest in entry["files"].items():
            known.add(name)
            path = VENDOR / name
            if not path.is_file() or _digest(path.read_bytes()) != digest:
                wrong.append(name)
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    return wrong + sorted(present - known)


def _take(entry: dict[str, Any], scratch: Path) -> None:
    command = ["npm", "pack", "--silent", f"{entry['npm']}@{entry['version']}"]
    packed = subprocess.run(command, cwd=scratch, check=True, capture_output=True, text=True)
    archive = scratch / packed.stdout.strip().splitlines()[-1]
    entry["archive_sha256"] = _digest(archive.read_bytes())
    for folder in {(VENDOR / kept).parent for kept in entry["files"]}:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        for kept in entry["files"]:
            path = VENDOR / kept
            inside = path.name if path.name == "LICENSE" else entry["inside"].format(name=path.name, stem=path.stem)
            # A KeyError names what the package no longer holds.
            member = tar.extractfile(f"package/{inside}")
            assert member is not None, inside
            path.write_bytes(content := member.read())
            entry["files"][kept] = _digest(content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    refresh()
