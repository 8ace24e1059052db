"""Where a Chromium may be found: named by CHROMIUM, installed on the machine, or fetched by Playwright.

First what has no window: a Chromium that could show one builds it for every page, which takes more than the page.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

WINDOWLESS = ("chromium-headless-shell",)
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
WINDOWLESS_FETCHED = ("chromium_headless_shell-*/chrome-*/*headless?shell",)
FETCHED = ("chromium-*/chrome-linux*/chrome",)
BROWSERS = Path(__file__).resolve().parent.parent / ".dev" / "browsers"


@lru_cache(maxsize=1)
def find_chromium() -> str | None:
    """Path of one that starts, or None."""
    return next((path for path in _candidates() if _starts(path)), None)


def has_window(path: str) -> bool:
    """Whether it is a whole browser, which tests take more than twice as long in."""
    return path not in (*_installed(WINDOWLESS), *_fetched(WINDOWLESS_FETCHED))


def _candidates() -> list[str]:
    named = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else []
    windowless = _installed(WINDOWLESS) + _fetched(WINDOWLESS_FETCHED)
    return named + windowless + _installed(NAMES) + _fetched(FETCHED)


def _installed(names: Iterable[str]) -> list[str]:
    return [found for name in names if (found := shutil.which(name))]


def _fetched(patterns: Iterable[str]) -> list[str]:
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or BROWSERS)
    return [str(path) for pattern in patterns for path in sorted(folder.glob(pattern), reverse=True)]


def _starts(path: str) -> bool:
    """A fetched one lacks system libraries on some machines; asking for its version shows that at once."""
    try:
        asked = subprocess.run([path, "--version", "--no-sandbox"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0
