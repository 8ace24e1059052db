"""Refreshes the assets under intake/static/vendor: `python -m intake.dev.assets.vendor`. Needs npm; installs never do.

Each package is pinned here; the files that are served, their digests and licences stand in the manifest beside them.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"

# Every icon that a page or a referral source may show; sources made by the practice choose among these.
ICONS = """
    arrow-clockwise arrow-counterclockwise arrow-left arrow-repeat arrow-right arrow-up-right award backspace
    balloon-heart bandaid bar-chart-line basket bell bicycle book box-arrow-right briefcase broadcast building
    buildings bus-front calendar-event calendar-heart calendar3 camera-reels car-front card-list cash-coin chat-
    heart chat-left-text chat-quote chat-square-text check-circle check-lg chevron-down chevron-left chevron-right
    chevron-up circle circle-half clipboard2-check clipboard2-pulse clock clock-history cloud-arrow-up compass
    credit-card cup-hot dash-lg display door-open download emoji-smile envelope envelope-paper exclamation-circle
    exclamation-triangle eye eye-slash facebook file-earmark-arrow-up file-earmark-spreadsheet file-earmark-text
    filter flag funnel gear geo-alt gift globe globe2 google grid hand-thumbs-up hash heart heart-pulse hospital
    hourglass-split house house-heart houses image info-circle instagram journal-medical key keyboard laptop layers
    lightbulb link-45deg list list-check lock mailbox map megaphone mic moon mortarboard music-note-beamed newspaper
    patch-check pause-circle pencil pencil-square people people-fill person person-badge person-check person-hearts
    person-plus person-vcard phone pin-map pinterest play-btn plus-circle plus-lg power printer qr-code question-
    circle reddit reply rss search search-heart shield-check shield-lock shop shuffle sign-turn-right signpost
    signpost-2 signpost-split skip-forward slash-circle sliders snapchat sort-down star star-half stars sun tablet
    tag tags telephone telephone-inbound threads tiktok translate trash trophy truck tv twitter-x type type-h1
    universal-access upc-scan upload whatsapp wifi-off x-circle x-lg youtube zoom-in
"""


@dataclass(frozen=True)
class Package:
    """One npm package: which of its files are kept, and where below VENDOR."""

    name: str
    version: str
    licence: str
    folder: str
    files: dict[str, str]


PACKAGES = (
    Package(
        "bootstrap",
        "5.3.9",
        "MIT",
        "bootstrap",
        {"dist/css/bootstrap.min.css": "bootstrap.min.css", "LICENSE": "LICENSE"},
    ),
    Package("htmx.org", "4.0.1", "0BSD", "htmx", {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"}),
    Package(
        "@fontsource/atkinson-hyperlegible",
        "5.3.0",
        "OFL-1.1",
        "atkinson-hyperlegible",
        {
            f"files/atkinson-hyperlegible-{subset}-{weight}-normal.woff2": f"{subset}-{weight}.woff2"
            for subset in ("latin", "latin-ext")
            for weight in (400, 700)
        }
        | {"LICENSE": "LICENSE"},
    ),
    Package(
        "bootstrap-icons",
        "1.13.2",
        "MIT",
        "bootstrap-icons",
        {f"icons/{icon}.svg": f"{icon}.svg" for icon in ICONS.split()} | {"LICENSE": "LICENSE"},
    ),
)


class MissingFile(Exception):
    """The package no longer holds a file that we serve; the message names it."""


def refresh() -> None:
    """Download every pinned package, keep the listed files and write the manifest."""
    entries = []
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            entries.append(_take(package, Path(scratch)))
            sys.stdout.write(f"{package.name} {package.version}: {len(package.files)} files\n")
    (VENDOR / "manifest.json").write_text(json.dumps(entries, indent=2) + "\n")


def differences() -> list[str]:
    """Return the files whose bytes aren't those of the manifest, and those that it doesn't know."""
    wrong = []
    known = {"manifest.json"}
    for entry in json.loads((VENDOR / "manifest.json").read_text()):
        for name, digest in entry["files"].items():
            known.add(name)
            path = VENDOR / name
            if not path.is_file() or _digest(path.read_bytes()) != digest:
                wrong.append(name)
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    return wrong + sorted(present - known)


def _take(package: Package, scratch: Path) -> dict[str, object]:
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
        cwd=scratch,
        check=True,
        capture_output=True,
        text=True,
    )
    archive = scratch / packed.stdout.strip().splitlines()[-1]
    folder = VENDOR / package.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    digests = {}
    with tarfile.open(archive) as tar:
        for inside, kept in package.files.items():
            try:
                member = tar.extractfile(f"package/{inside}")
            except KeyError:
                member = None
            if member is None:
                raise MissingFile(f"{package.name} {package.version} has no {inside}")
            content = member.read()
            (folder / kept).write_bytes(content)
            digests[f"{package.folder}/{kept}"] = _digest(content)
    return {
        "npm": package.name,
        "version": package.version,
        "licence": package.licence,
        "archive_sha256": _digest(archive.read_bytes()),
        "files": digests,
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    refresh()
