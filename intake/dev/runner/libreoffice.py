"""`python -m intake.dev.runner.libreoffice`: LibreOffice Calc for tests that reopen workbooks, from Debian's packages.

Unpacked below `.dev/office` rather than installed: that changes nothing on the machine and needs no root. `./dev test`
runs it beside everything else; without LibreOffice the rest is tested all the same, and the summary says so.
"""

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from intake.dev.runner.environment import alone, apt_get
from intake.dev.runner.practices import TOP

PACKAGE = "libreoffice-calc-nogui"
FOLDER = TOP / ".dev" / "office"
ROOT = FOLDER / "root"
PROGRAM = "usr/lib/libreoffice/program"
SETTINGS = "usr/lib/libreoffice/share/.registry"
NAMES = ("soffice", "libreoffice")
MOST_SECONDS = 300


def main() -> int:
    with alone(FOLDER / "lock"):
        if find_office() is not None:
            return 0
        began = time.monotonic()
        said = fetch()
        if said or find_office() is None:
            words = said or "it doesn't start here"
            print(f"No LibreOffice could be had ({words}; see {FOLDER / 'log'}).", flush=True)
            return 1
        print(f"LibreOffice is ready for the tests ({time.monotonic() - began:.0f} s)", flush=True)
    return 0


def find_office() -> tuple[str, dict[str, str]] | None:
    """(program, environment) of one that starts: named by OFFICE, on the machine, or fetched; None without any."""
    named = [os.environ["OFFICE"]] if os.environ.get("OFFICE") else []
    installed = [found for name in NAMES if (found := shutil.which(name))]
    fetched = [str(path) for path in [ROOT / PROGRAM / "soffice"] if path.exists()]
    for program in named + installed + fetched:
        environment = {**os.environ, **(_own_libraries() if program in fetched else {})}
        if _starts(program, environment):
            return program, environment
    return None


def fetch() -> str:
    """Download and unpack it with all that the machine lacks for it; return what went wrong, in a few words."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return "this machine has no apt-get to fetch it with"
    shutil.rmtree(ROOT, ignore_errors=True)
    apt = apt_get(FOLDER, "Acquire::Retries=1", "Acquire::http::Timeout=20", "Acquire::https::Timeout=20")
    with (FOLDER / "log").open("wb") as log:
        install = ["install", "--download-only", "--no-install-recommends", "-y", PACKAGE]
        for words, wrong in ((["update"], "Debian's lists can't be reached"), (install, "Debian doesn't give it")):
            try:
                done = subprocess.run([*apt, *words], stdout=log, stderr=log, timeout=MOST_SECONDS, check=False)
            except subprocess.TimeoutExpired:
                return "the download took too long"
            if done.returncode:
                return wrong
        draft = FOLDER / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        for package in sorted((FOLDER / "archives").glob("*.deb")):
            unpack = ["dpkg-deb", "-x", str(package), str(draft)]
            if subprocess.run(unpack, stdout=log, stderr=log, check=False).returncode:
                return "a package can't be unpacked; is the disk full?"
    if not draft.exists():
        return "there was nothing to fetch"
    _point_inside(draft)
    _say_where(draft)
    draft.rename(ROOT)
    for rest in ("archives", "lists"):
        shutil.rmtree(FOLDER / rest, ignore_errors=True)
    return ""


def _point_inside(root: Path) -> None:
    """Links that packages make to places of the whole machine, turned to the same places here."""
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            link = Path(folder) / name
            if link.is_symlink() and (target := str(link.readlink())).startswith("/"):
                inside = root / target.lstrip("/")
                if inside.exists() or inside.is_symlink():
                    link.unlink()
                    link.symlink_to(os.path.relpath(inside, link.parent))


def _say_where(root: Path) -> None:
    """Debian's build looks for its parts at fixed places; here these are below ROOT. Its settings are put in place
    when it is installed, which it isn't.
    """
    shutil.copytree(root / SETTINGS, root / "etc/libreoffice/registry", dirs_exist_ok=True, symlinks=True)
    for file in sorted((root / PROGRAM).glob("*rc")):
        text = file.read_text()
        for place in ("/usr/lib/libreoffice", "/etc/libreoffice"):
            text = text.replace(f"file://{place}", f"{ROOT.as_uri()}{place}")
        file.write_text(text)


def _own_libraries() -> dict[str, str]:
    folders = [str(path) for path in [ROOT / PROGRAM, *sorted((ROOT / "usr/lib").glob("*-linux-gnu*"))]]
    return {"LD_LIBRARY_PATH": os.pathsep.join([*folders, os.environ.get("LD_LIBRARY_PATH", "")]).strip(os.pathsep)}


def _starts(program: str, environment: dict[str, str]) -> bool:
    with suppress(OSError, subprocess.TimeoutExpired):
        asked = subprocess.run([program, "--version"], env=environment, capture_output=True, timeout=60, check=False)
        return asked.returncode == 0
    return False


if __name__ == "__main__":
    sys.exit(main())
