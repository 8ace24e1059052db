"""`./dev lock`: writes requirements*.txt from requirements*.in, with hashes. `./dev sbom`: what the lock holds.

The bill of materials holds every package of the lock with its hashes, licences from what is installed, and the assets
of the browser from their manifest.
"""

import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from intake import clock
from intake.dev.runner.practices import TOP

SBOM = "--sbom"

# uv resolves for every platform at once and in seconds; it is a tool of the person who locks, not of the service.
COMPILE = ("pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "-q")

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
VENDORED = TOP / "intake" / "static" / "vendor" / "manifest.json"


def bill_of_materials(lock: Path, vendored: Path = VENDORED) -> dict[str, Any]:
    """Return a lock and what the browser is given as CycloneDX 1.5, for a scanner of known vulnerabilities."""
    components = [*_locked(lock.read_text()), *_vendored(vendored)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
            "component": {"type": "application", "name": "intake", "bom-ref": "intake"},
        },
        "components": sorted(components, key=lambda each: each["bom-ref"]),
    }


def _locked(text: str) -> list[dict[str, Any]]:
    found = list(PINNED.finditer(text))
    ends = [each.start() for each in found[1:]] + [len(text)]
    return [
        _component("pypi", match[1].lower(), match[2].rstrip(";"), HASH.findall(text[match.end() : end]))
        for match, end in zip(found, ends, strict=True)
    ]


def _vendored(manifest: Path) -> list[dict[str, Any]]:
    return [
        _component("npm", each["npm"], each["version"], [each["archive_sha256"]], licence=each["licence"])
        for each in json.loads(manifest.read_text())
    ]


def _component(kind: str, name: str, version: str, hashes: list[str], licence: str = "") -> dict[str, Any]:
    purl = f"pkg:{kind}/{name.replace('@', '%40')}@{version}"
    made: dict[str, Any] = {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}
    if hashes:
        made["properties"] = [{"name": "intake:sha256", "value": each} for each in hashes]
    said = licence or _licence(name)
    if said:
        made["licenses"] = [{"license": {"name": said}}]
    return made


def _licence(name: str) -> str:
    try:
        facts: Any = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    said = facts.get("License-Expression") or facts.get("License") or ""
    return said.splitlines()[0][:80] if said else ""


def main() -> int:
    if sys.argv[1:] == [SBOM]:
        print(json.dumps(bill_of_materials(TOP / "requirements.txt"), indent=1))
        return 0
    uv = shutil.which("uv")
    if uv is None:
        sys.stderr.write("./dev lock needs uv on the PATH; see https://docs.astral.sh/uv/ for how to install it.\n")
        return 1
    for name in ("requirements", "requirements-dev"):
        words = [uv, *COMPILE, *sys.argv[1:], f"{name}.in", "-o", f"{name}.txt"]
        done = subprocess.run(words, cwd=TOP, check=False)
        if done.returncode:
            return done.returncode
        print(f"{name}.txt is written")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
