"""The process's settings: environment and `.env`, read once, frozen, checked all together before anything is opened."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.values import Json

GATEWAY_URL = "https://api.xgapi.top"
SANDBOX = "sandbox:"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing the operator has to mend: the key of a sentence that holds the fix, and its parameters. No secret in it."""

    key: str
    params: Mapping[str, Json] = field(default_factory=dict)


class BadSettings(Exception):
    """All that is wrong, at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.key} {dict(problem.params)}" for problem in problems))
        self.problems = tuple(problems)


class Settings(BaseSettings):
    """One field for each variable of `.env.example`; an empty value is the same as none."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    gateway_base_url: str = ""
    gateway_api_key: SecretStr = SecretStr("")
    gateway_proxy: SecretStr = SecretStr("")

    telegram_bot_token: SecretStr = SecretStr("")
    telegram_api_url: str = ""
    telegram_api_local: bool = False
    telegram_webhook_url: str = ""
    telegram_webhook_secret: SecretStr = SecretStr("")
    telegram_proxy: SecretStr = SecretStr("")

    discord_bot_token: SecretStr = SecretStr("")
    discord_api_url: str = ""
    discord_gateway_url: str = ""
    discord_shard_count: int | None = Field(None, ge=1)
    discord_shard_ids: str = ""
    discord_proxy: SecretStr = SecretStr("")

    database_url: str = "sqlite:///data/starlight.db"
    media_url: str = "data/media"
    media_max_gb: float = Field(5.0, gt=0)
    public_url: str = ""
    download_allow_hosts: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = Field(8080, ge=0, le=65535)

    access_mode: Literal["open", "closed"] = "closed"
    owners: str = ""
    config_file: str = ""
    stop_seconds: float = Field(20.0, ge=0)
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator(
        "gateway_base_url",
        "telegram_api_url",
        "telegram_webhook_url",
        "discord_api_url",
        "discord_gateway_url",
        "public_url",
    )
    @classmethod
    def _url(cls, value: str) -> str:
        if value in {"", SANDBOX}:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.hostname:
            raise PydanticCustomError("setting-url", "")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://")):
            raise PydanticCustomError("setting-database", "")
        return value

    @field_validator("gateway_proxy", "telegram_proxy", "discord_proxy")
    @classmethod
    def _proxy(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if secret and not secret.startswith(("http://", "https://", "socks5://", "socks5h://")):
            raise PydanticCustomError("setting-proxy", "")
        return value

    @field_validator("telegram_bot_token")
    @classmethod
    def _telegram_token(cls, value: SecretStr) -> SecretStr:
        number, _, rest = value.get_secret_value().partition(":")
        if value.get_secret_value() and not (number.isdigit() and len(rest) >= 20):
            raise PydanticCustomError("setting-telegram-token", "")
        return value

    @field_validator("owners")
    @classmethod
    def _owners(cls, value: str) -> str:
        for item in _items(value):
            platform, _, number = item.partition(":")
            if platform not in {"telegram", "discord"} or not number.isdigit():
                raise PydanticCustomError("setting-owner", "", {"value": item})
        return value

    @field_validator("discord_shard_ids")
    @classmethod
    def _shards(cls, value: str) -> str:
        if not all(item.isdigit() for item in _items(value)):
            raise PydanticCustomError("setting-shards", "")
        return value

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _secret(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if secret and not (len(secret) <= 256 and secret.replace("_", "").replace("-", "").isalnum()):
            raise PydanticCustomError("setting-webhook-secret", "")
        return value

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if self.discord_shard_ids and not self.discord_shard_count:
            raise PydanticCustomError("setting-shard-count", "")
        if self.telegram_webhook_url and not self.telegram_webhook_secret.get_secret_value():
            raise PydanticCustomError("setting-webhook-needs-secret", "")
        if self.telegram_webhook_url and not self.telegram_webhook_url.startswith("https://"):
            raise PydanticCustomError("setting-webhook-https", "")
        return self

    # --- what follows from them --------------------

    @property
    def sandbox(self) -> bool:
        """Play with the built-in stand-in: asked for, or nothing else was given."""
        nothing = not self.gateway_base_url and not self.gateway_api_key.get_secret_value()
        return self.gateway_base_url == SANDBOX or nothing

    @property
    def gateway_url(self) -> str:
        return self.gateway_base_url or GATEWAY_URL

    @property
    def owner_list(self) -> list[tuple[str, str]]:
        return [(item.split(":")[0], item.split(":")[1]) for item in _items(self.owners)]

    @property
    def shard_ids(self) -> list[int]:
        return [int(item) for item in _items(self.discord_shard_ids)]

    @property
    def allow_hosts(self) -> frozenset[str]:
        return frozenset(_items(self.download_allow_hosts))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that no log may hold, passwords within addresses too."""
        fields = (getattr(self, name) for name in type(self).model_fields)
        found = [field.get_secret_value() for field in fields if isinstance(field, SecretStr)]
        found += [urlsplit(address).password or "" for address in (self.database_url, *found) if "://" in address]
        return tuple(dict.fromkeys(secret for secret in found if len(secret) >= 4))


def load_settings(env_file: str | None = ".env") -> Settings:
    """Raises BadSettings with every problem at once."""
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg] # an argument that pydantic-settings adds
    except ValidationError as error:
        raise BadSettings([_problem(details) for details in error.errors()]) from None


def environment(env_file: str = ".env") -> Mapping[str, str]:
    """The environment, and below it what `.env` says: where the config file's "env:NAME" are found."""
    return {name: value for name, value in dotenv_values(env_file).items() if value} | dict(os.environ)


def load_config(settings: Settings) -> Mapping[str, Json]:
    """The operator's TOML file, numbers as Decimal. Raises BadSettings."""
    path = Path(settings.config_file or "starlight.toml")
    if not settings.config_file and not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except OSError as error:
        raise BadSettings([Problem("setting-file", {"path": str(path), "why": str(error.strerror)})]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings([Problem("setting-toml", {"path": str(path), "why": str(error)})]) from None


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _problem(details: ErrorDetails) -> Problem:
    """Pydantic's own kinds of error, and ours, as sentences. The value is shown only where it cannot be a secret."""
    name = ".".join(str(part) for part in details["loc"]).upper()
    kind, context = details["type"], details.get("ctx", {})
    if kind.startswith("setting-"):
        return Problem(kind, {"name": name, "value": str(context.get("value", ""))})
    if kind == "literal_error":
        return Problem("setting-choice", {"name": name, "allowed": str(context["expected"]).replace("'", "")})
    if kind.startswith("bool_"):
        return Problem("setting-choice", {"name": name, "allowed": "0, 1"})
    if kind.endswith("_parsing"):
        return Problem("setting-number", {"name": name})
    bounds = [str(context[bound]) for bound in ("gt", "ge", "lt", "le") if bound in context]
    return Problem("setting-range", {"name": name, "bound": ", ".join(bounds)})
