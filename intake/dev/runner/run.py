"""`./dev run`: a practice to try, from nothing to a page in the browser."""

import argparse
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from typing import NoReturn

_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 15


def main() -> int:
    options = _options()
    _require_free(options.port)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    # What is made from here on, the database first of all, is for its owner only.
    os.umask(0o077)
    url = f"http://{HOST}:{options.port}"
    try:
        # The service takes a second to load, and Ctrl-C must work before.
        from intake.dev.runner.preparing import prepare

        phone_port = None if options.empty else _free_port(options.port + 1)
        to_say = prepare("practice" if options.empty else "demo", url, phone_port=phone_port)
        return _serve(options.port, url, to_say, phone_port)
    except KeyboardInterrupt:
        print("\nIntake has stopped.")
        return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev run", description="Try Intake on this machine.")
    parser.add_argument("--empty", action="store_true", help="a practice of your own instead of the demo")
    parser.add_argument("--port", type=int, default=8000, help="8000 unless given")
    options = parser.parse_args()
    if not 1 <= options.port <= 65535:
        parser.error("a port is a number from 1 to 65535")
    return options


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        # Connections of a server that has just stopped linger for a minute and are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise SystemExit(f"Port {port} may only be used by root. Choose another: ./dev run --port 8000") from None
        except OSError:
            raise SystemExit(
                f"Port {port} is taken, perhaps by an Intake that already runs: http://{HOST}:{port}\n"
                f"Stop that program, or choose another port: ./dev run --port {port + 1 if port < 65535 else 8000}"
            ) from None


def _free_port(wanted: int) -> int:
    """The port after the practice's own for the demo's phones, or any other one that is free."""
    for port in (wanted if wanted <= 65535 else 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, port))
                return int(probe.getsockname()[1])
    raise SystemExit("There is no free port for the demo's phones.")


def _serve(port: int, url: str, to_say: str, phone_port: int | None) -> int:
    from intake.web.http.rsgi import OPTIONS

    words = [sys.executable, "-m", "granian", *OPTIONS, "--host", HOST, "--port", str(port)]
    words += ["--workers", "1", "--log-level", "warning", "wsgi:server"]
    # In a group of its own: Ctrl-C reaches only this process, which then stops the server in order and sweeps up.
    server = subprocess.Popen(words, start_new_session=True, preexec_fn=_die_with_parent)  # noqa: PLW1509
    phones: subprocess.Popen[bytes] | None = None
    try:
        if phone_port is not None:
            beside = [sys.executable, "-m", "intake.dev.fake_carrier.phone", str(phone_port)]
            phones = subprocess.Popen(beside, start_new_session=True, preexec_fn=_die_with_parent)  # noqa: PLW1509
        _wait_until_ready(server, url)
        print(f"\nIntake is running: {url}   (Ctrl-C stops it)", flush=True)
        if phone_port is not None:
            print(f"Texts arrive on the demo's phones: http://{HOST}:{phone_port}", flush=True)
        if to_say:
            print(to_say, flush=True)
        return server.wait()
    finally:
        _stop(*(each for each in (phones, server) if each is not None))


def _wait_until_ready(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit("The server stopped before it was ready; see what it said above.")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own loopback address
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"The server did not answer on {url} within {START_SECONDS} seconds.")


def _stop(*running: subprocess.Popen[bytes]) -> None:
    """Lets requests and texts that are under way finish; what is left then is killed with its whole group."""
    # A second Ctrl-C must not leave half of the processes behind.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in running:
        each.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for each in running:
        with suppress(subprocess.TimeoutExpired):
            each.wait(max(0.1, deadline - time.monotonic()))
        # Also when it has ended: stopped while it starts, a server leaves its worker running.
        with suppress(ProcessLookupError):
            os.killpg(each.pid, signal.SIGKILL)
        each.wait()


def _die_with_parent() -> None:
    """Runs in the child, on Linux: a killed ./dev leaves no server behind."""
    if _prctl is not None:
        _prctl(1, signal.SIGTERM)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
