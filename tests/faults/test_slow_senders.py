"""Senders that never finish, against the server as it is started in production."""

import re
import select
import shlex
import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import pytest

from intake.web.http.rsgi import OPTIONS
from tests.serving import free_port, serve

DEPLOY = Path(__file__).resolve().parents[2] / "docs" / "deploy"
THREADS, ROUNDS = 2, 5
BODY = b"POST /sign-in HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SLOW = [BODY + b"Content-Length: 1000\r\n\r\nemail=", BODY + b"Transfer-Encoding: chunked\r\n\r\n5\r\nem"]
HALF = [b"POST /sign-in HTTP/1.1\r\nHo", b"G"]


@pytest.mark.on("sqlite")
def test_bodies_and_heads_that_never_end_stop_nobody(committed_app):
    settings = committed_app.config["SETTINGS"].model_copy(update={"public_url": f"http://127.0.0.1:{free_port()}"})
    host = settings.public_url.removeprefix("http://")
    address, answered = ("127.0.0.1", int(host.rpartition(":")[2])), 0
    with serve(settings, threads=THREADS), ExitStack() as held:
        for _ in range(ROUNDS):
            # Eight bodies and twenty heads more, so that some were begun a moment ago however slow this machine is.
            begun = []
            for words in SLOW * 4 + HALF * 10:
                sender = held.enter_context(socket.create_connection(address, timeout=30))
                sender.sendall(words.replace(b"%s", host.encode()))
                begun.append(sender)
            for path in ("/healthz", "/readyz", "/sign-in"):
                with urlopen(settings.public_url + path, timeout=60) as response:
                    answered += response.status == 200
            assert select.select(begun, [], [], 0)[0] == []
    assert answered == 3 * ROUNDS


def test_every_way_to_start_the_server_is_the_one_that_is_tested():
    unit = re.search(r"^ExecStart=(.*)$", (DEPLOY / "intake.service").read_text(), re.MULTILINE)
    image = re.search(r"^CMD \[(.*?)\]$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL)
    page = re.search(r"-m granian .*?wsgi:server", (DEPLOY.parent / "install.md").read_text(), re.DOTALL)
    for found in (unit[1], re.sub(r'[",\\]', " ", image[1]), page[0].replace("\\", " ")):
        words = " ".join(shlex.split(found))
        assert " ".join(OPTIONS) in words
        assert words.endswith("wsgi:server")
