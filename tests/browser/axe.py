"""What axe-core finds against WCAG 2.2 AA and its own good practice, and how a test asks for it."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def barriers(page: Page, **more_rules: Any) -> list[str]:
    """Each element that a rule complains of. `more_rules` as axe's "rules", "-" written "_"."""
    # Without the list of all that passed it takes half the time.
    options: dict[str, Any] = {"runOnly": RULES, "resultTypes": ["violations"]}
    if more_rules:
        options["rules"] = {name.replace("_", "-"): {"enabled": wanted} for name, wanted in more_rules.items()}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{each['id']}: {node['target']} {node['html'][:140]}" for each in found for node in each["nodes"]]
