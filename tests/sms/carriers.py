"""The demo carrier for tests: on loopback, in a thread, with its log at hand."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server

from intake.dev.carrier import Carrier, create_carrier
from intake.dev.carrier_webhooks import Webhooks


@contextmanager
def running(carrier: Carrier, *, webhooks_to: str | None = None) -> Iterator[str]:
    """Serve `carrier` until the block ends; yields its address. Webhooks go to `webhooks_to` when given."""
    if webhooks_to:
        carrier.webhooks = Webhooks(webhooks_to, longest_delay=0.05)
    server = make_server("127.0.0.1", 0, create_carrier(carrier), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        if carrier.webhooks is not None:
            carrier.webhooks.wait()
        server.shutdown()
        thread.join(5)
