"""The practices that `./dev` keeps below var/: the demo and one's own, each with its database and its keys."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class LocalPractice:
    """A practice in a folder that only its owner may open."""

    name: str
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "intake.db"

    def settings(self, *, public_url: str = "http://127.0.0.1:8000") -> dict[str, str]:
        """Complete settings as environment variables. Keys are made at the first call and kept."""
        return {
            "DATABASE_URL": f"sqlite:///{self.database}",
            **self._keys(),
            "PUBLIC_URL": public_url,
            # Somebody reads this in a terminal: what goes wrong, not what goes on.
            "LOG_LEVEL": "WARNING",
            "DEMO": "true" if self.name == "demo" else "false",
        }

    def _keys(self) -> dict[str, str]:
        path = self.folder / "keys.env"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
            lines = [f"{name}={secrets.token_hex(32)}\n" for name in ("DATABASE_KEY", "SECRET_KEY")]
            draft = path.with_suffix(".draft")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
                handle.writelines(lines)
                handle.flush()
                os.fsync(handle.fileno())
            # Whole or not at all: a database whose key was lost half-way could never be opened again.
            draft.rename(path)
        pairs = (line.partition("=") for line in path.read_text().split())
        return {name: value for name, _, value in pairs}


DEMO = LocalPractice("demo", TOP / "var" / "demo")
OWN = LocalPractice("practice", TOP / "var" / "practice")
PRACTICES = {practice.name: practice for practice in (DEMO, OWN)}
