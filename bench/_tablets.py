"""A practice with tablets in real browsers, for benches of what patients do there."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench._databases import migrated
from intake import create_app
from intake.accounts.auth.guards import device_cookie
from intake.accounts.models import KioskDevice
from intake.db import db
from tests.browsers import find_chromium
from tests.databases import settings_for
from tests.making import Make
from tests.serving import free_port, serve_here

PATIENCE = 60_000


@dataclass(frozen=True)
class TabletPractice:
    """`make` adds rows to the database that the service at `url` works on."""

    url: str
    make: Make
    location: Any
    folder: Path

    def device(self) -> KioskDevice:
        device = self.make.device(self.location)
        db.session.commit()
        return device

    def browser(self, playwright: Any, device: KioskDevice, *, kept_in: Path | None = None) -> Any:
        """Return a browser that is this tablet; what it keeps lies in `kept_in` and outlives it."""
        folder = kept_in or Path(tempfile.mkdtemp(dir=self.folder))
        context = playwright.chromium.launch_persistent_context(
            str(folder),
            executable_path=find_chromium(),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            viewport={"width": 1180, "height": 820},
        )
        context.set_default_timeout(PATIENCE)
        address = urlsplit(self.url)
        cookie = {"name": device_cookie(), "value": device.token, "url": f"{address.scheme}://{address.netloc}"}
        context.add_cookies([cookie | {"expires": 4_000_000_000}])
        return context


@contextmanager
def tablet_practice() -> Iterator[TabletPractice]:
    """A practice with the default sources, served for the block; its database and browsers' folders go afterwards."""
    with tempfile.TemporaryDirectory(prefix="intake-tablets-", ignore_cleanup_errors=True) as passing:
        address = f"http://127.0.0.1:{free_port()}"
        settings = settings_for(f"sqlite:///{passing}/practice.db", public_url=address)
        with migrated(settings):
            make = Make()
            make.sources()
            location = make.location("Northgate")
            db.session.commit()
            with serve_here(create_app(settings)) as url:
                yield TabletPractice(url, make, location, Path(passing))
