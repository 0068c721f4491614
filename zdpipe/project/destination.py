"""An account that users are sent to."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, field_validator, model_validator

from zdpipe.errors import CredentialError
from zdpipe.project.secret import SecretReference
from zdpipe.project.tables import Table, matching

# Zendesk, "create or update many users": a request takes at most 100; more than that each second is the
# business of the account's plan.
Pace = Annotated[int, Field(ge=1, le=100_000)]

_SUBDOMAIN = "only the part before .zendesk.com is needed, such as acme"
_NAME = "the name of a destination has letters, digits and _ . - only, such as production"
_USUAL_PORTS = {"https": 443, "http": 80}


class Destination(Table):
    """One `[destinations.<name>]` table; `name` is its key there.

    `job_seconds` is how long the embedded simulator's jobs take.
    """

    name: Annotated[str, matching("[A-Za-z0-9][A-Za-z0-9_.-]*", _NAME)]
    kind: Literal["zendesk", "simulator"] = "zendesk"
    subdomain: Annotated[str, matching("[A-Za-z0-9][A-Za-z0-9-]*", _SUBDOMAIN)] | None = None
    base_url: str | None = None
    auth: Literal["oauth", "token"] | None = None
    email: SecretReference | None = None
    api_token: SecretReference | None = None
    client_id: SecretReference | None = None
    client_secret: SecretReference | None = None
    users_per_second: Pace = 100
    protected: bool = False
    job_seconds: Annotated[float, Field(ge=0, le=86_400)] = 1.0

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if (
            parts.scheme not in _USUAL_PORTS
            or not parts.hostname
            or "@" in parts.netloc
            or not _has_port(parts)
        ):
            raise ValueError(
                "an address such as https://acme.zendesk.com is needed, without user and password"
            )
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("an address ends with its host or port; zdpipe adds /api/v2 itself")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise ValueError("plain http is accepted for loopback addresses only; use https")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _check_place(self) -> Destination:
        if self.kind == "zendesk" and (self.subdomain is None) == (self.base_url is None):
            raise ValueError("exactly one of subdomain and base_url is needed")
        if self.kind == "simulator" and (self.subdomain or self.base_url):
            raise ValueError('a destination of kind "simulator" has neither subdomain nor base_url')
        return self

    @property
    def url(self) -> str:
        """Where requests go, without a slash at the end."""
        if self.kind == "simulator":
            return "http://simulator.invalid"
        return self.base_url or f"https://{self.subdomain}.zendesk.com"

    @property
    def is_on_this_machine(self) -> bool:
        """Whether it is a simulator, embedded or served: no account of Zendesk's has a loopback address."""
        return self.kind == "simulator" or _is_loopback(urlsplit(self.url).hostname or "")

    @property
    def account(self) -> str:
        """The account's host, lower-cased, with its port where one is named."""
        if self.kind == "simulator":
            return "simulator"
        parts = urlsplit(self.url)
        usual = f":{_USUAL_PORTS[parts.scheme]}"
        return parts.netloc.lower().removesuffix(usual)

    @property
    def way_in(self) -> Literal["oauth", "token"]:
        """How to sign in: as `auth` says, else what there are references for, else OAuth."""
        if self.auth is not None:
            return self.auth
        has_token = self.email is not None or self.api_token is not None
        return "token" if has_token and not (self.client_id or self.client_secret) else "oauth"

    def credentials(self) -> dict[str, str]:
        """Return the references that `way_in` needs, by key; raises CredentialError where one is missing."""
        if self.way_in == "oauth":
            wanted = {"client_id": self.client_id, "client_secret": self.client_secret}
        else:
            wanted = {"email": self.email, "api_token": self.api_token}
        missing = [key for key, reference in wanted.items() if reference is None]
        if missing:
            lines = ", ".join(f'{key} = "env:ZENDESK_{key.upper()}"' for key in missing)
            raise CredentialError(
                f"[destinations.{self.name}] has no {' and no '.join(missing)}.",
                f"Add {lines}; env:, file: and keyring: references fit.",
            )
        return {key: reference for key, reference in wanted.items() if reference is not None}


def _has_port(parts: SplitResult) -> bool:
    """Tell whether the port, if there is one, is a number that ports have."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
