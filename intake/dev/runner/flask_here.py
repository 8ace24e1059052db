"""`./dev flask …`: the service's own commands, on the database that the environment names, else on the demo's."""

import os
import sys

from flask.cli import main as flask_main

from intake.dev.runner.practices import DEMO, OWN, TOP


def main() -> None:
    arguments = sys.argv[1:]
    own = arguments[:1] == ["--empty"]
    if own or not _is_configured():
        practice = OWN if own else DEMO
        arguments = arguments[1:] if own else arguments
        # On standard error: the output of a command may be meant for another program.
        sys.stderr.write(f"(on {'your own' if own else 'the demo'} practice in {practice.folder})\n")
        os.environ.update(practice.settings())
    os.environ["FLASK_APP"] = str(TOP / "wsgi.py")
    sys.argv = ["flask", *arguments]
    flask_main()


def _is_configured() -> bool:
    return bool(os.environ.get("DATABASE_URL")) or (TOP / ".env").exists()


if __name__ == "__main__":
    main()
