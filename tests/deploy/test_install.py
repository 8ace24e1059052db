"""docs/install.md by the letter: its script, units and container files, in a root of their own.

The root is this machine's, with an overlay of its own on top and a network of its own, so that nothing of the machine
is changed. That needs the right to mount; where there is none the test is skipped and says so. systemd itself doesn't
run in it: the units are verified by systemd's own checker, and their very commands are started as their account.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
DEPLOY = TOP / "docs" / "deploy"
# Everything that the script may leave behind lies in the overlay.
IN_A_ROOT = r"""
set -eu
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay none -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc none "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs none "$1/root/run"
ip link set lo up
rm -rf "$1/root/opt/intake" "$1/root/var/lib/intake" "$1/root/var/backups/intake"
mkdir -p "$1/root/opt/intake" "$1/root/var/backups"
here=$(cd "$2" && ls | grep -v -e '^var$' -e '^tests$' -e '^bench$')
tar -C "$2" -cf - $here | tar -C "$1/root/opt/intake" -xf -
ln -s "$3" "$1/root/opt/intake/.venv"
# The interpreter of whoever runs the tests may lie in their home.
chmod o+x "$1/root/root" 2>/dev/null || true
cp "$4" "$1/root/tmp/inside.sh"
exec chroot "$1/root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh /tmp/inside.sh
"""
SERVED = r"""
start=$(sed -n 's/^ExecStart=//p' /etc/systemd/system/intake.service)
cd /opt/intake
setpriv --reuid intake --regid intake --clear-groups $start 2>/tmp/server.log &
server=$!
i=0
until [ "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8000/readyz)" = 200 ]; do
    i=$((i + 1))
    [ $i -lt 240 ] || { cat /tmp/server.log; exit 7; }
    sleep 0.25
done
setup=http://127.0.0.1:8000/setup
echo "ready $(curl -s -o /dev/null -w '%{http_code}' -H 'Host: intake.example.org' $setup)"
worker=$(sed -n 's/^ExecStart=//p' /etc/systemd/system/intake-worker.service)
setpriv --reuid intake --regid intake --clear-groups $worker --once 2>/dev/null && echo "worker ended"
kill $server && wait $server || true
"""
LOOKED_AT = r"""
stat -c '%a %U %G %n' /opt/intake/.env /var/lib/intake /var/lib/intake/spool /var/backups/intake /opt/intake/intake
runuser -u nobody -- cat /opt/intake/.env 2>/dev/null && echo 'anybody reads the settings'
runuser -u nobody -- ls /var/lib/intake 2>/dev/null && echo 'anybody reads the data'
runuser -u intake -- touch /opt/intake/intake/x 2>/dev/null && echo 'the service writes its code'
systemd-analyze verify /etc/systemd/system/intake*.service && echo 'units sound'
ls /etc/systemd/system/multi-user.target.wants | grep intake
before=$(sha256sum /opt/intake/.env)
docs/deploy/install.sh >/dev/null
[ "$before" = "$(sha256sum /opt/intake/.env)" ] && echo 'settings kept'
intake db backup 2>&1
intake db verify-backup /var/backups/intake/*.db
"""
POSTGRESQL = r"""
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
install -d -o postgres -g postgres /run/postgresql /tmp/cluster
cd /
runuser -u postgres -- "$bin/initdb" -D /tmp/cluster --auth-local=peer >/dev/null
runuser -u postgres -- "$bin/pg_ctl" -D /tmp/cluster -w -o "-k /run/postgresql" -l /tmp/cluster/log start >/dev/null
"""
OWNER = r"""
runuser -u postgres -- psql --host /run/postgresql -Atc \
    "SELECT 'owner ' || pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'intake'"
grep -c PASSWORD /opt/intake/.env || true
"""


def inside(tmp_path: Path, script: str) -> str:
    """What the script prints in a root of its own. Fails with what it said on standard error."""
    (tmp_path / "inside.sh").write_text("set -eu\n" + script)
    (tmp_path / "root").mkdir()
    venv = str((TOP / ".venv").resolve())
    arguments = [str(tmp_path / "root"), str(TOP), venv, str(tmp_path / "inside.sh")]
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c", IN_A_ROOT, "sh", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def may_mount() -> bool:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("systemd-analyze"):
        return False
    where = "lowerdir=/usr,upperdir=/mnt/u,workdir=/mnt/w"
    tried = f"mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w && mount -t overlay none -o {where} /mnt"
    done = subprocess.run(["unshare", "--mount", "--net", "sh", "-c", tried], capture_output=True, check=False)
    return done.returncode == 0


needs_a_root = pytest.mark.skipif("not may_mount()", reason="this account may not mount a root of its own")


@needs_a_root
@pytest.mark.everything
def test_installed_by_the_letter_it_comes_up_with_the_embedded_database(tmp_path: Path) -> None:
    said = inside(
        tmp_path,
        "cd /opt/intake; docs/deploy/install.sh --public-url https://intake.example.org\n" + LOOKED_AT + SERVED,
    )
    for line in (
        "640 root intake /opt/intake/.env",
        "700 intake intake /var/lib/intake",
        "700 intake intake /var/lib/intake/spool",
        "700 intake intake /var/backups/intake",
        "755 root root /opt/intake/intake",
        "units sound",
        "intake.service",
        "intake-worker.service",
        "settings kept",
        "ready 200",
        "worker ended",
    ):
        assert line in said.splitlines(), (line, said)
    assert "https://intake.example.org/setup" in said and said.count("whole.") == 2
    assert not any(words in said for words in ("anybody reads", "the service writes"))


@needs_a_root
@pytest.mark.everything
@pytest.mark.skipif(not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")), reason="no PostgreSQL of the system")
def test_installed_by_the_letter_it_comes_up_with_postgresql(tmp_path: Path) -> None:
    said = inside(
        tmp_path,
        POSTGRESQL
        + "cd /opt/intake; docs/deploy/install.sh --public-url https://intake.example.org --postgresql --wall\n"
        + "intake doctor --offline | grep 'Second wall' || true\n"
        + OWNER
        + LOOKED_AT
        + SERVED,
    )
    for line in ("owner intake", "640 root intake /opt/intake/.env", "settings kept", "ready 200", "worker ended"):
        assert line in said.splitlines(), (line, said)
    assert "Second wall: PostgreSQL keeps the locations apart for web processes." in said
    assert said.count("whole.") == 2


def test_a_backup_line_that_names_no_database_fails_loudly(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "SECRET_KEY": "s" * 40, "FLASK_APP": str(TOP / "wsgi.py")}
    command = [sys.executable, "-m", "flask", "db", "backup", str(tmp_path / "copy.db")]
    # Elsewhere, and with a database that isn't there.
    gone = environment | {"DATABASE_URL": f"sqlite:///{tmp_path}/gone.db", "DATABASE_KEY": "5e" * 32}
    made = subprocess.run(command, env=gone, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (made.returncode, "There is no database at" in made.stderr) == (1, True)
    assert not (tmp_path / "copy.db").exists()


def test_the_compose_file_is_sound_and_web_and_worker_share_what_they_must() -> None:
    yaml = pytest.importorskip("yaml", reason="no reader of YAML is installed; compose's own parser isn't either")
    services = yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"]
    assert services["web"]["volumes"] == services["worker"]["volumes"] == ["data:/var/lib/intake"]
    assert "profiles" not in services["worker"]
    assert services["web"]["environment"] == services["worker"]["environment"] == services["migrate"]["environment"]
    assert services["database"]["image"].endswith("bookworm")
    assert "fonts-dejavu-core" in (DEPLOY / "Dockerfile").read_text()
