"""The production server in processes of its own, for load and kill -9; and the service from threads, for browsers."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from intake import create_app
from intake.config import Settings
from intake.web.http.rsgi import OPTIONS
from tests.databases import environment_of
from tests.web import walls

TOP = Path(__file__).resolve().parent.parent
# After which something is taken never to happen: long, since no test is about how fast a machine is.
PATIENCE_SECONDS = 120
STOP_SECONDS = 10


class ServerDidNotStart(Exception):
    """The message ends with what the server wrote."""


@dataclass
class Served:
    """A running server. `log` is all it wrote so far."""

    url: str
    command: list[str]
    log_path: Path
    environment: dict[str, str] = field(repr=False)
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=TOP, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def start_again_if_it_gave_up(self) -> None:
        """What systemd and Docker do: granian ends itself when a worker dies within 5.5 s of being replaced."""
        if self.process.poll() is not None:
            self.start()

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def worker_ids(self) -> list[int]:
        """Processes that answer requests, as opposed to the one that watches them."""
        try:
            return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill_workers(self) -> None:
        for pid in self.worker_ids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def serve_here(app: Flask) -> Iterator[str]:
    """The same service from threads of this process, there at once: what pages do doesn't depend on who serves them.

    Yields its address, which is the settings' public_url.
    """
    settings: Settings = app.config["SETTINGS"]
    if (walled := walls.behind_if_wanted(settings)) is not settings:
        app = create_app(walled.for_serving())
    address = urlsplit(settings.public_url)
    server = make_server("127.0.0.1", address.port or 80, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield settings.public_url
    finally:
        server.shutdown()
        thread.join(STOP_SECONDS)
        server.server_close()


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Nobody reads it."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(
    settings: Settings, *, workers: int = 1, threads: int = 2, application: str = "wsgi:server"
) -> Iterator[Served]:
    """Serve `settings` at its own public_url, which must be a loopback address with a port, until the block ends."""
    address = urlsplit(settings.public_url)
    command = [sys.executable, "-m", "granian", *OPTIONS, "--host", "127.0.0.1"]
    command += ["--port", str(address.port), "--workers", str(workers)]
    command += ["--respawn-failed-workers", "--respawn-interval", "0.2", "--no-access-log", application]
    walled = walls.behind_if_wanted(settings)
    environment = environment_of(walled.model_copy(update={"web_threads": threads}))
    # Compiling everything anew triples the time until a worker answers.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="intake-serve-") as folder:
        served = Served(settings.public_url, command, Path(folder) / "log", environment)
        served.start()
        try:
            _wait_until_ready(served)
            yield served
        finally:
            _stop(served)


def _wait_until_ready(served: Served) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{served.url}/healthz", timeout=10):
                return
        except (urllib.error.URLError, OSError) as error:
            if served.process.poll() is not None or time.monotonic() > deadline:
                raise ServerDidNotStart(f"{error}\n{served.log[-3000:]}") from None
        time.sleep(0.05)


def _stop(served: Served) -> None:
    """Asks once, then kills the whole group: a server stopped while it starts leaves its worker running."""
    served.process.terminate()
    with suppress(subprocess.TimeoutExpired):
        served.process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(served.process.pid, signal.SIGKILL)
    served.process.wait()
