#!/bin/sh
# Installs Intake on this machine as docs/install.md says, or brings an installation up to what it says. Run as root in
# the checkout: docs/deploy/install.sh --public-url https://intake.example.org [--postgresql [--wall]]
# Nothing that is there is overwritten: keys, data and settings stay. Run by a test in a root of its own, see
# tests/deploy/test_install.py.
set -eu

data=/var/lib/intake
backups=/var/backups/intake
public_url=
database=embedded
wall=no

say() { printf '%s\n' "$*"; }
refuse() {
    printf '%s\n' "$*" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
    --public-url)
        public_url=${2:?}
        shift 2
        ;;
    --postgresql)
        database=postgresql
        shift
        ;;
    --wall)
        wall=yes
        shift
        ;;
    *) refuse "There is no option $1. Options: --public-url URL, --postgresql, --wall." ;;
    esac
done

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
[ "$(id -u)" = 0 ] || refuse "Run this as root: it makes an account, folders and services."
[ "$top" = /opt/intake ] || refuse "The units expect the code in /opt/intake; it lies in $top."
[ "$wall" = no ] || [ "$database" = postgresql ] || refuse "--wall goes with --postgresql: it needs roles."
if [ -e "$top/.env" ] && [ "$database" = postgresql ] && grep -q '^DATABASE_URL=.\{0,1\}sqlite' "$top/.env"; then
    refuse "$top/.env names the embedded database. To move to PostgreSQL see \"From one kind to the other\" in docs/install.md."
fi
[ -n "$public_url" ] || [ -e "$top/.env" ] || refuse "Say the address that people will type: --public-url https://…"

# 1. The account that the service runs as. It owns its data and nothing else; the code stays root's.
if ! getent passwd intake >/dev/null; then
    useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin intake
fi
umask 022
# The Python environment, from the hashed lock, in a moment where it is there already.
python3 -I "$top/intake/dev/runner/environment.py" "$top" runtime
# Not the settings, and not what somebody tried out here.
find "$top" -mindepth 1 -maxdepth 1 ! -name .env ! -name var ! -name .git \
    -exec chown -Rh root:root {} + -exec chmod -R u+rwX,go+rX,go-w {} +
install -d -o intake -g intake -m 700 "$data" "$data/spool" "$backups"

# 2. The database: PostgreSQL's role is the account's own name and needs no password on this machine. It sorts by bytes,
# as the embedded database does, so that no other release of the system can put its indexes out of order.
if [ "$database" = postgresql ]; then
    address='postgresql://intake@/intake?host=/run/postgresql'
    as_postgres() { runuser -u postgres -- psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --host /run/postgresql "$@"; }
    [ "$(as_postgres -Atc "SELECT 1 FROM pg_roles WHERE rolname = 'intake'")" = 1 ] ||
        as_postgres -c 'CREATE ROLE intake LOGIN'
    [ "$(as_postgres -Atc "SELECT 1 FROM pg_database WHERE datname = 'intake'")" = 1 ] ||
        as_postgres -c "CREATE DATABASE intake OWNER intake TEMPLATE template0
            ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
else
    address="sqlite:///$data/intake.db"
fi

# 3. The settings, with keys made here, readable by root and the service alone.
key() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
if [ ! -e "$top/.env" ]; then
    (
        umask 077
        {
            say "# Made by docs/deploy/install.sh; .env.example explains these settings and all others."
            say "DATABASE_URL=$address"
            if [ "$database" = embedded ]; then
                say "DATABASE_KEY=$(key)"
            else
                say "BACKUP_KEY=$(key)"
            fi
            say "SECRET_KEY=$(key)"
            say "PUBLIC_URL=$public_url"
            say "TRUSTED_PROXIES=1"
            say "SPOOL_FOLDER=$data/spool"
            say "BACKUP_FOLDER=$backups"
        } >"$top/.env"
    )
fi
chown root:intake "$top/.env"
chmod 640 "$top/.env"

# The second wall, see docs/security.md: a role for the web processes, which owns nothing. Its password is drawn anew at
# each run and stands in .env alone; the policies come with the form of the database below.
if [ "$wall" = yes ]; then
    password=$(key)
    [ "$(as_postgres -Atc "SELECT 1 FROM pg_roles WHERE rolname = 'intake_web'")" = 1 ] ||
        as_postgres -c 'CREATE ROLE intake_web LOGIN'
    printf "ALTER ROLE intake_web PASSWORD '%s'" "$password" | as_postgres
    sed -i '/^WEB_DATABASE_URL=/d' "$top/.env"
    # The last line may have been written without an end.
    [ -z "$(tail -c 1 "$top/.env")" ] || say "" >>"$top/.env"
    say "WEB_DATABASE_URL=postgresql://intake_web:$password@127.0.0.1/intake" >>"$top/.env"
fi

# 4. The command, which runs as the service does.
cat >/usr/local/bin/intake <<'COMMAND'
#!/bin/sh
# intake db backup, intake doctor, intake setup-code …: the service's own commands, as its own account.
if [ "$(id -un)" = intake ]; then
    exec /opt/intake/.venv/bin/python -P -m flask --app /opt/intake/wsgi.py "$@"
fi
[ "$(id -u)" = 0 ] || { echo "Run it as root: sudo intake $*" >&2; exit 1; }
exec runuser -u intake -- /opt/intake/.venv/bin/python -P -m flask --app /opt/intake/wsgi.py "$@"
COMMAND
chmod 755 /usr/local/bin/intake

# 5. The form of the database, then the services: the worker is restarted with the server.
/usr/local/bin/intake db upgrade
install -m 644 "$top/docs/deploy/intake.service" "$top/docs/deploy/intake-worker.service" /etc/systemd/system/
systemctl enable --quiet intake.service intake-worker.service
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl restart intake.service intake-worker.service
else
    say "systemd doesn't run here: the services start with the machine."
fi

say "Installed. Keep a copy of $top/.env away from this machine: without its keys nobody can read the data or a backup."
/usr/local/bin/intake setup-code || true
