"""`./dev lock`: writes requirements*.txt from requirements*.in, every file with its hashes."""

import shutil
import subprocess
import sys

from intake.dev.runner.practices import TOP

# uv resolves for every platform at once and in seconds; it is a tool of the person who locks, not of the service.
COMPILE = ("pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "-q")


def main() -> int:
    uv = shutil.which("uv")
    if uv is None:
        sys.stderr.write("./dev lock needs uv on the PATH; see https://docs.astral.sh/uv/ for how to install it.\n")
        return 1
    for name in ("requirements", "requirements-dev"):
        words = [uv, *COMPILE, *sys.argv[1:], f"{name}.in", "-o", f"{name}.txt"]
        done = subprocess.run(words, cwd=TOP, check=False)
        if done.returncode:
            return done.returncode
        print(f"{name}.txt is written")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
