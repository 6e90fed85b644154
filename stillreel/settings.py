"""What the environment says: where the provider, the archive and models of one's own are, the key, the ceiling."""

import os
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from stillreel.domain.errors import BadSettings

RUNWARE_URL = "https://api.runware.ai/v1"
SCHEMAS_URL = "https://schemas.runware.ai/resolve"
VENDOR = ".runware.ai"  # whose API has its schemas at SCHEMAS_URL; another one has them at its own origin
MAX_USD = Decimal(5)
SETTING = "STILLREEL_MAX_USD"
IN_FLIGHT = 50  # jobs; what the provider admits is told to nobody, and a queue that is full only delays a job
PATIENCE = 30 * 60.0  # seconds; the provider's own advice is 20 to 30 minutes, and resuming is free

NO_KEY = "there is no Runware API key: set RUNWARE_API_KEY, or make the Prefect Secret block 'runware-api-key'"
NO_ARCHIVE = "there is no archive: set STILLREEL_ARCHIVE to gs://bucket/prefix or file:///folder"

Preflight = Literal["online", "offline"]


class Settings(BaseModel):
    """Settings of one process; the key is a secret in every representation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    runware_url: str = RUNWARE_URL  # STILLREEL_RUNWARE_URL
    runware_api_key: SecretStr | None = None  # RUNWARE_API_KEY
    archive: str | None = None  # STILLREEL_ARCHIVE: gs://bucket/prefix or file:///folder
    max_usd: Decimal = MAX_USD  # STILLREEL_MAX_USD: ceiling of one run
    ceiling: str = SETTING  # what holds as that, as a person finds it
    pace: float = 1.0  # STILLREEL_PACE: a factor on our own waits
    patience: float = PATIENCE  # STILLREEL_PATIENCE: seconds until a run stops waiting for a job
    in_flight: int = IN_FLIGHT  # STILLREEL_IN_FLIGHT: jobs at once of a model that has no limit in Prefect
    view_url: str | None = None  # STILLREEL_VIEW_URL: where `stillreel serve` shows this archive
    models: Path | None = None  # STILLREEL_MODELS: a folder of entries of one's own, which win over ours
    preflight: Preflight = "online"  # STILLREEL_PREFLIGHT: whether the provider is asked if it still has a model
    schemas_url: str | None = None  # STILLREEL_SCHEMAS_URL: where it is asked; None: where the provider has it

    @classmethod
    def of(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """The settings of an environment; empty counts as absent. Raises BadSettings for what can't be read."""
        texts: dict[str, Any] = {
            "runware_url": env.get("STILLREEL_RUNWARE_URL"),
            "runware_api_key": env.get("RUNWARE_API_KEY"),
            "archive": env.get("STILLREEL_ARCHIVE"),
            "max_usd": _number(env, SETTING),
            "pace": _number(env, "STILLREEL_PACE"),
            "patience": _number(env, "STILLREEL_PATIENCE"),
            "in_flight": _count(env, "STILLREEL_IN_FLIGHT"),
            "view_url": env.get("STILLREEL_VIEW_URL"),
            "models": _folder(env, "STILLREEL_MODELS"),
            "preflight": _word(env, "STILLREEL_PREFLIGHT", get_args(Preflight)),
            "schemas_url": _address(env, "STILLREEL_SCHEMAS_URL"),
        }
        return cls(**{name: value for name, value in texts.items() if value not in (None, "")})

    def with_key(self, key: SecretStr) -> "Settings":
        """These settings with another key."""
        return self.model_copy(update={"runware_api_key": key})

    def capped(self, most: Decimal | None, ceiling: str) -> "Settings":
        """These settings with a lower ceiling of another name, if the one that is given is lower."""
        lower = most is not None and most < self.max_usd
        return self.model_copy(update={"max_usd": most, "ceiling": ceiling}) if lower else self

    def check(self) -> None:
        """Raise BadSettings with everything that a run can't do without."""
        missing = [NO_KEY] if self.runware_api_key is None else []
        missing += [NO_ARCHIVE] if self.archive is None else []
        if missing:
            raise BadSettings("; ".join(missing))

    @property
    def key(self) -> SecretStr:
        """The key; BadSettings if there is none."""
        if self.runware_api_key is None:
            raise BadSettings(NO_KEY)
        return self.runware_api_key

    @property
    def archive_uri(self) -> str:
        """The archive's address; BadSettings if there is none."""
        if self.archive is None:
            raise BadSettings(NO_ARCHIVE)
        return self.archive

    @property
    def schemas(self) -> str:
        """Where the provider says which models it has: beside its API, which may be an emulator's."""
        if self.schemas_url is not None:
            return self.schemas_url
        parts = urlsplit(self.runware_url)
        return SCHEMAS_URL if f".{parts.hostname}".endswith(VENDOR) else f"{parts.scheme}://{parts.netloc}/resolve"


def _folder(env: Mapping[str, str], name: str) -> Path | None:
    text = env.get(name, "").strip()
    if not text:
        return None
    folder = Path(text).expanduser()
    if not folder.is_dir():
        raise BadSettings(f"{name} must name a folder of models, and there is none at {folder}")
    return folder


def _word(env: Mapping[str, str], name: str, known: tuple[str, ...]) -> str | None:
    text = env.get(name, "").strip()
    if text and text not in known:
        raise BadSettings(f"{name} must be {' or '.join(known)}, not '{text}'")
    return text or None


def _address(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name, "").strip()
    try:
        wellformed = urlsplit(text).scheme in {"http", "https"} and bool(urlsplit(text).hostname)
    except ValueError:  # a malformed IPv6 address
        wellformed = False
    if text and not wellformed:
        raise BadSettings(f"{name} must be an http(s) URL, not '{text}'")
    return text.rstrip("/") or None


def _number(env: Mapping[str, str], name: str) -> Decimal | None:
    text = env.get(name, "").strip()
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadSettings(f"{name} must be a number, not '{text}'") from None
    if not number.is_finite() or number < 0:
        raise BadSettings(f"{name} must be a number from 0 up, not '{text}'")
    return number


def _count(env: Mapping[str, str], name: str) -> int | None:
    text = env.get(name, "").strip()
    if text and not (text.isascii() and text.isdigit() and int(text)):
        raise BadSettings(f"{name} must be a whole number from 1 up, not '{text}'")
    return int(text) if text else None
