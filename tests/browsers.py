"""Where a Chromium may be found: named by CHROMIUM, installed on the machine, or fetched by Playwright."""

import os
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FETCHED = ("chromium-*/chrome-linux*/chrome", "chromium_headless_shell-*/chrome-*/*headless?shell")
BROWSERS = Path(__file__).resolve().parent.parent / ".dev" / "browsers"


@lru_cache(maxsize=1)
def find_chromium() -> str | None:
    """Path of one that starts, or None."""
    return next((path for path in _candidates() if _starts(path)), None)


def _candidates() -> list[str]:
    named = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else []
    installed = [found for name in NAMES if (found := shutil.which(name))]
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or BROWSERS)
    fetched = [str(path) for pattern in FETCHED for path in sorted(folder.glob(pattern), reverse=True)]
    return named + installed + fetched


def _starts(path: str) -> bool:
    """A fetched one lacks system libraries on some machines; asking for its version shows that at once."""
    try:
        asked = subprocess.run([path, "--version", "--no-sandbox"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0
