"""Typed settings, read from the environment and `.env`; a missing secret stops the boot with one clear line."""

import re
import sys
from datetime import time
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from flask import current_app
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MINIMUM_SECRET_LENGTH = 32
DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
BARE_ADDRESS = "must be the address alone, such as https://intake.example.org, without user, path or anything after it"
# Names and IPv4 addresses, or an IPv6 address.
_HOST = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*|[0-9a-f:.]*:[0-9a-f:.]*")
# Beside the code, not wherever a command happens to be started.
ENV_FILE = Path(__file__).resolve().parent.parent / ".env"


class SettingsIncomplete(Exception):
    """The environment lacks a setting, or holds one that can't be used; the message says which and what to do."""


class Settings(BaseSettings):
    """Everything that differs between deployments. Times in seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", frozen=True)

    database_url: str = Field(min_length=1)
    # The same database for web processes alone, by a role that sees rows of locations one by one; see docs/security.md.
    web_database_url: str = ""
    database_key: SecretStr | None = None
    secret_key: SecretStr
    # The one before, while it is being replaced: what it signed and sealed is still taken.
    secret_key_old: SecretStr | None = None
    # What patients and the carrier see. Links, signatures and host checks use it, never the Host header.
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    idle_minutes: int = Field(default=15, ge=1, le=120)
    link_days: int = Field(default=7, ge=1, le=90)
    # How many requests each web process works on at once; others wait in the order they came.
    web_threads: int = Field(default=8, ge=1, le=64)
    upload_megabytes: int = Field(default=25, ge=1, le=200)
    log_level: str = "INFO"
    demo: bool = False
    # Texting; all empty: the practice doesn't text. The second token is accepted while the first is being replaced.
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_auth_token_secondary: SecretStr = SecretStr("")
    # What calls are made with, where the token is to sign webhooks only.
    twilio_api_key: str = ""
    twilio_api_secret: SecretStr = SecretStr("")
    # Where the carrier works on it and by which of its doors, such as ie1 and dublin; empty: in the United States.
    twilio_region: str = Field(default="", pattern=r"^([a-z]{2}\d)?$")
    twilio_edge: str = Field(default="", pattern=r"^[a-z-]{0,30}$")
    # A phone number in E.164, or the SID of a messaging service (MG…).
    twilio_sender: str = ""
    # Another carrier that speaks the same wire format, such as the one that comes with Intake for trying it out.
    twilio_api_url: str = ""
    # How long to wait for the carrier's answer before a text counts as uncertain.
    carrier_answer_seconds: float = Field(default=10.0, gt=0, le=60)
    texts_per_second: float = Field(default=1.0, gt=0, le=100)
    # All locations together, practice day; nothing more leaves once it is reached.
    texts_per_day: int = Field(default=500, ge=0)
    quiet_until: time = time(9, 0)
    quiet_from: time = time(20, 0)
    # What one segment costs, for the figures in the wording's editor; the carrier's bill is what counts.
    text_segment_cents: float = Field(default=1.2, ge=0, le=100)
    # What the carrier is told to forget: pictures at once, words after so many days; by itself it keeps them for good.
    carrier_deletes_pictures: bool = False
    carrier_wipes_words_after_days: int | None = Field(default=None, ge=1, le=3650)
    spool_folder: Path = Path("var/spool")
    # Reports by e-mail; without a host and a sender nothing is mailed.
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    # starttls, tls (from the first byte, usually port 465), or none for a mail server on this very machine.
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = ""
    # Backups: where the worker puts one each night, how many it keeps, and their key if it isn't DATABASE_KEY.
    backup_folder: Path | None = None
    backup_keep: int = Field(default=14, ge=1, le=1000)
    backup_key: SecretStr | None = None
    # Single sign-on (OpenID Connect): the provider's address as it names itself, and what it calls this service.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    # Who is told by mail that a backup is old, the database damaged or texting paused; addresses divided by commas.
    alarm_mail_to: str = ""
    # What a monitoring program sends to read /metrics; empty: there is no such page. Where processes count together.
    metrics_token: SecretStr = SecretStr("")
    metrics_folder: Path | None = None
    # Who is told at once, without content, that a text may be an emergency; addresses divided by commas.
    emergency_mail_to: str = ""

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < MINIMUM_SECRET_LENGTH:
            raise ValueError(
                f"must be at least {MINIMUM_SECRET_LENGTH} characters; make one with: openssl rand -hex 32"
            )
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value.startswith(("postgresql://", "postgresql+psycopg://")):
            return value
        if value.startswith("postgres://"):
            return "postgresql://" + value.removeprefix("postgres://")
        if value.startswith("sqlite:///") and value != "sqlite:///":
            return value
        raise ValueError("must start with postgresql:// or sqlite:////path/to/file")

    @field_validator("web_database_url")
    @classmethod
    def _only_postgresql(cls, value: str) -> str:
        if value and not value.startswith("postgresql://"):
            raise ValueError("must start with postgresql://; the embedded database has no roles")
        return value

    @field_validator("public_url")
    @classmethod
    def _bare_origin(cls, value: str) -> str:
        # As browsers send it, since requests and signatures are compared with it: HTTPS://Intake.Example.ORG:443/ too.
        try:
            parts = urlsplit(value.strip())
            scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
            host = host.removesuffix(".")
            host = host if host.isascii() else host.encode("idna").decode()
        except ValueError:
            raise ValueError(BARE_ADDRESS) from None
        more = parts.path.rstrip("/") or parts.query or parts.fragment or parts.username is not None
        if scheme not in DEFAULT_PORTS or not _HOST.fullmatch(host) or more or port == 0:
            raise ValueError(BARE_ADDRESS)
        host = f"[{host}]" if ":" in host else host
        return f"{scheme}://{host}" + ("" if port in (None, DEFAULT_PORTS[scheme]) else f":{port}")

    @model_validator(mode="after")
    def _key_for_the_file(self) -> Self:
        if self.embedded and not (self.database_key and self.database_key.get_secret_value()):
            raise ValueError("DATABASE_KEY must be set: the embedded database file is always encrypted")
        # Web processes would work on the server while the worker, commands and backups work on the file.
        if self.embedded and self.web_database_url:
            raise ValueError("WEB_DATABASE_URL must be empty beside the embedded database, which has no roles")
        return self

    @field_validator("metrics_token")
    @classmethod
    def _long_or_empty(cls, value: SecretStr) -> SecretStr:
        return cls._long_enough(value) if value.get_secret_value() else value

    @field_validator("carrier_wipes_words_after_days", mode="before")
    @classmethod
    def _empty_is_never(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _whole_key(self) -> Self:
        if bool(self.twilio_api_key) != bool(self.twilio_api_secret.get_secret_value()):
            raise ValueError("TWILIO_API_KEY and TWILIO_API_SECRET belong together: set both or neither")
        if self.twilio_region and not self.twilio_edge:
            raise ValueError("TWILIO_EDGE must be set beside TWILIO_REGION, such as dublin beside ie1")
        return self

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret.get_secret_value())
        if any(given) and not all(given):
            raise ValueError("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together: set all or none")
        parts = urlsplit(self.oidc_issuer)
        if self.oidc_issuer and parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError("OIDC_ISSUER must begin with https://, since it says who people are")
        return self

    @model_validator(mode="after")
    def _within_federal_hours(self) -> Self:
        # 47 CFR 64.1200(c)(1): no calls before 8 a.m. or after 9 p.m. at the called party's location.
        if not time(8, 0) <= self.quiet_until < self.quiet_from <= time(21, 0):
            raise ValueError("QUIET_UNTIL and QUIET_FROM must lie between 08:00 and 21:00, the first before the second")
        return self

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """SECRET_KEY, with which everything is signed, and the one before while it is being replaced."""
        held = (self.secret_key, self.secret_key_old)
        return tuple(key.get_secret_value() for key in held if key is not None and key.get_secret_value())

    @property
    def walled(self) -> bool:
        """Whether these are the settings of a web process whose database filters by location itself."""
        return bool(self.web_database_url) and self.database_url == self.web_database_url

    def for_serving(self) -> Self:
        """Return what web processes work with: the database as their own role sees it, where there is one."""
        return self.model_copy(update={"database_url": self.web_database_url}) if self.web_database_url else self

    @property
    def embedded(self) -> bool:
        """True for the encrypted SQLite file, False for PostgreSQL."""
        return self.database_url.startswith("sqlite")

    @property
    def database_path(self) -> Path:
        """The embedded database's file; only meaningful when `embedded`."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def texting(self) -> bool:
        """Whether a carrier is set up at all."""
        return bool(self.twilio_account_sid and self.twilio_auth_token.get_secret_value() and self.twilio_sender)

    @property
    def texts_reach_nobody(self) -> bool:
        """A demo that texts through a carrier on this very machine: no real phone rings, so any hour will do."""
        return self.demo and urlsplit(self.twilio_api_url).hostname in LOOPBACK

    @property
    def single_sign_on(self) -> bool:
        """Whether people may sign in by the practice's provider."""
        return bool(self.oidc_issuer)

    @property
    def mailing(self) -> bool:
        """Whether a mail server is set up."""
        return bool(self.smtp_host and self.mail_from)

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """Host of `public_url` as a browser sends it, with a port only when the address names one."""
        return urlsplit(self.public_url).netloc


def read_settings(**overrides: object) -> Settings:
    """Settings from the environment; raises SettingsIncomplete with one line a setting."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsIncomplete("\n".join(_sentences(error))) from None


def settings_or_exit() -> Settings:
    """For entry points: prints what is missing and exits with status 2 instead of a traceback."""
    try:
        return read_settings()
    except SettingsIncomplete as error:
        sys.stderr.write(f"Intake can't start:\n{error}\n")
        raise SystemExit(2) from None


def _sentences(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0]).upper() if problem["loc"] else ""
        text = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "missing":
            text = "is not set; see .env.example"
        lines.append(f"  {name} {text}".replace("   ", "  "))
    return lines


def current_settings() -> Settings:
    """The settings of the app that is being served."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings
