"""Where a Chromium may be found: named by CHROMIUM, installed on the machine, or fetched by Playwright."""

import os
import shutil
from functools import lru_cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


@lru_cache(maxsize=1)
def find_chromium() -> str | None:
    """Path of the program, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for name in NAMES:
        if found := shutil.which(name):
            return found
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    fetched = sorted(
        (*cache.glob("chromium*/chrome-linux*/chrome"), *cache.glob("chromium*/chrome-linux*/headless_shell"))
    )
    return str(fetched[-1]) if fetched else None
