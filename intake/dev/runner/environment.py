"""Makes `.venv` hold what the locks say. Run by `./dev` with the machine's own python3: standard library only.

Called as `environment.py TOP runtime|tests`. When nothing changed since the last time it only looks, in a moment.
Not uv: it would come by pip too, and to find pip is most of the work here; nor does it read pip.conf, in which a
clinic's network names its mirror.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCKS = {"runtime": ("requirements.txt",), "tests": ("requirements.txt", "requirements-dev.txt")}
# If one of these is gone, somebody has emptied the environment behind its stamp.
LANDMARKS = {
    "runtime": ("flask", "sqlalchemy", "granian", "sqlcipher3", "psycopg"),
    "tests": ("pytest", "ruff", "mypy"),
}
PRINT_LIBRARIES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
DEBIAN_WHEELS = Path("/usr/share/python-wheels")
INTERRUPTED = 130


class CannotGoOn(Exception):
    """The message says what is missing and what to do about it."""


class Environment:
    """The virtual environment below `top`, for running only or for the tests too."""

    def __init__(self, top: Path, needs: str) -> None:
        self.top = top
        self.needs = needs
        self.venv = top / ".venv"
        self.python = self.venv / "bin" / "python"
        self.kept = top / ".dev"
        self.stamp = self.venv / f"installed-{needs}"

    def make_ready(self) -> None:
        wanted = self._digest()
        if self._is_ready(wanted):
            return
        self._require_writable()
        with alone(self.kept / "environment.lock", waiting="Another ./dev is making the environment; waiting for it"):
            if self._is_ready(wanted):
                return
            self._make(wanted)

    def _is_ready(self, wanted: str) -> bool:
        try:
            if self.stamp.read_text() != wanted:
                return False
        except OSError:
            return False
        return self._has_landmarks()

    def _has_landmarks(self) -> bool:
        names = LANDMARKS["runtime"] + (LANDMARKS["tests"] if self.needs == "tests" else ())
        look = f"import importlib.util as u, sys; sys.exit(any(u.find_spec(n) is None for n in {names!r}))"
        return self._works(look)

    def _works(self, code: str) -> bool:
        try:
            return subprocess.run([self.python, "-I", "-c", code], capture_output=True, check=False).returncode == 0
        except OSError:
            return False

    def _make(self, wanted: str) -> None:
        started = time.monotonic()
        same_version = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])!r})"
        # A link belongs to the one who set it; what it points to is brought up to date but never thrown away.
        if not self.venv.is_symlink() and (not self._works(same_version) or self._is_stale()):
            if self.venv.exists():
                say("The environment in .venv does not work any more; making another.")
                shutil.rmtree(self.venv)
            say("Making a Python environment in .venv")
            run([sys.executable, "-m", "venv", "--without-pip", self.venv], "python3 -m venv")
        for stamp in self.venv.glob("installed-*"):
            stamp.unlink()
        command, environment = self._pip()
        files = LOCKS[self.needs]
        total = sum(count_packages(self.top / name) for name in files)
        say(f"Installing {total} locked packages, each checked against its hash")
        command += [
            "install",
            "--require-hashes",
            "--no-deps",
            "--prefer-binary",
            "--no-input",
            "--progress-bar",
            "off",
        ]
        for name in files:
            command += ["-r", str(self.top / name)]
        install(command, environment, total, self.kept / "install.log")
        self._add_print_libraries()
        self.stamp.write_text(wanted)
        say(f"The environment is ready ({time.monotonic() - started:.0f} s)")

    def _add_print_libraries(self) -> None:
        """What PDF files need of the system. Without them the rest works, and the PDF button says what is missing."""
        if os.geteuid() != 0 or not shutil.which("apt-get") or self._works("import weasyprint"):
            return
        say("Installing Debian's libraries for PDF files")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", *PRINT_LIBRARIES]):
            subprocess.run(["apt-get", "-qq", *words], env=quiet, capture_output=True, check=False)

    def _is_stale(self) -> bool:
        """True when packages are missing although a stamp says that they were installed."""
        return any(self.venv.glob("installed-*")) and not self._works("import flask, sqlalchemy, granian")

    def _digest(self) -> str:
        digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
        for name in LOCKS[self.needs]:
            digest.update((self.top / name).read_bytes())
        return digest.hexdigest()

    def _require_writable(self) -> None:
        if not os.access(self.top, os.W_OK):
            raise CannotGoOn(
                f"Intake keeps its environment and its demo data below {self.top}, where you may not write.\n"
                "Clone it to a folder of your own, or run this as the owner of that folder."
            )

    def _pip(self) -> tuple[list[str], dict[str, str]]:
        """How to call pip for the environment: a fresh Debian has python3 but neither pip nor ensurepip."""
        # `user = true` in somebody's pip.conf would be refused inside an environment.
        environment = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        if self._works("import pip"):
            return [str(self.python), "-m", "pip"], environment
        unpacked = self.kept / "pip"
        if not (unpacked / "pip" / "__main__.py").exists():
            wheel = next(self._pip_wheels(), None)
            if wheel is None:
                raise CannotGoOn(
                    "No pip was found and none could be fetched. On Debian or Ubuntu, as root:\n"
                    "  apt-get update && apt-get install python3-venv\nthen run this again."
                )
            draft = Path(tempfile.mkdtemp(dir=self.kept))
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(draft)
            shutil.rmtree(unpacked, ignore_errors=True)
            draft.rename(unpacked)
        return [str(self.python), "-m", "pip"], {**environment, "PYTHONPATH": str(unpacked)}

    def _pip_wheels(self) -> Iterator[Path]:
        bundled = importlib.util.find_spec("ensurepip")
        if bundled is not None and bundled.origin:
            yield from sorted((Path(bundled.origin).parent / "_bundled").glob("pip-*.whl"))
        yield from sorted(DEBIAN_WHEELS.glob("pip-*.whl"))
        if shutil.which("apt-get") and shutil.which("dpkg-deb"):
            yield from self._fetch_debian_wheel()

    def _fetch_debian_wheel(self) -> Iterator[Path]:
        """Debian's own pip, unpacked here: changes nothing on the machine, so it needs no root."""
        say("Fetching pip from Debian (python3-pip-whl)")
        folder = self.kept / "debian"
        apt = apt_get(folder)
        log = self.kept / "install.log"
        with log.open("wb") as output:
            for step in (["update"], ["download", "python3-pip-whl"]):
                done = subprocess.run([*apt, *step], cwd=folder, stdout=output, stderr=output, check=False)
                if done.returncode:
                    return
            for package in folder.glob("python3-pip-whl_*.deb"):
                unpack = ["dpkg-deb", "-x", str(package), str(folder / "unpacked")]
                subprocess.run(unpack, stdout=output, stderr=output, check=False)
        yield from sorted((folder / "unpacked").glob("usr/share/python-wheels/pip-*.whl"))


def install(command: list[str], environment: dict[str, str], total: int, log: Path) -> None:
    """Run pip and say now and then how far it is; everything that it writes is kept in `log`."""
    seen = 0
    tail: list[str] = []
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                output.write(line)
                tail = [*tail[-14:], line.rstrip()]
                if line.startswith(("Collecting ", "Requirement already satisfied", "Ignoring ")):
                    seen += 1
                    if seen % 20 == 0:
                        say(f"  {min(seen, total)} of {total} packages")
                elif line.startswith("Installing collected packages"):
                    say("  all fetched, unpacking")
            status = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if status:
        text = "\n".join(f"  {line[:300]}" for line in tail)
        raise CannotGoOn(
            f"Installing failed:\n{text}\n\nIf this machine has no way to the internet or a full disk, that is why. "
            f"All that was said stands in {log}.\nRun the same command again to go on."
        )


def count_packages(lock: Path) -> int:
    return len(re.findall(r"^[A-Za-z0-9][^\s;]*==", lock.read_text(), re.MULTILINE))


def run(command: list[str | Path], name: str) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotGoOn(f"{name} failed:\n{(done.stdout + done.stderr).strip()[-1500:]}")


def apt_get(folder: Path, *more: str) -> list[str]:
    """Return the start of an apt-get command that keeps all it fetches in `folder`, so that it needs no root."""
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    options = [f"Dir::State::lists={folder / 'lists'}", f"Dir::Cache={folder}", "Debug::NoLocking=1"]
    options += [f"APT::Sandbox::User={user}", "Acquire::Languages=none", *more]
    return ["apt-get", "-q", *(word for option in options for word in ("-o", option))]


@contextmanager
def alone(lock: Path, *, waiting: str = "") -> Iterator[None]:
    """Hold the lock for the block; `waiting` is said first where another process holds it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if waiting:
                say(waiting)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """On standard error, so that what a command prints can be read by another program."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        Environment(Path(sys.argv[1]), sys.argv[2]).make_ready()
    except CannotGoOn as problem:
        say(str(problem))
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        say("\nStopped. Run the same command again to go on.")
        raise SystemExit(INTERRUPTED) from None
