"""Commands of the service in processes of their own, forked from one in which it is imported: that takes seconds."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.serving import PATIENCE_SECONDS, TOP

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["intake", __name__])


def flask(*arguments: str, environment: Mapping[str, str], typed: str = "") -> subprocess.CompletedProcess[str]:
    """What `python -m flask ARGUMENTS` does in this environment when that is `typed`; test_main_job.py starts it so."""
    with tempfile.TemporaryDirectory(prefix="intake-command-") as folder:
        streams = [Path(folder) / name for name in ("typed", "said", "complained")]
        streams[0].write_text(typed, encoding="utf-8")
        process = _processes.Process(target=_command, args=(arguments, dict(environment), streams))
        process.start()
        process.join(PATIENCE_SECONDS)
        assert process.exitcode is not None, f"flask {' '.join(arguments)} doesn't end"
        said, complained = (stream.read_text(encoding="utf-8") for stream in streams[1:])
        return subprocess.CompletedProcess(arguments, process.exitcode, said, complained)


def _command(arguments: tuple[str, ...], environment: dict[str, str], streams: list[Path]) -> None:
    from flask.cli import main

    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for as long as the process lives
    os.environ.clear()
    os.environ.update(environment)
    # It is looked up once a process.
    tempfile.tempdir = None
    os.chdir(TOP)
    sys.argv = ["flask", *arguments]
    main()
