"""Where the project looks and whom it talks to: all of it from the environment, read at the moment of use."""

from __future__ import annotations

import functools
import logging
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from common.errors import AttributionError

logger = logging.getLogger(__name__)

PROJECT_DIR = Path(__file__).resolve().parent.parent
# dlt looks for it in the folder in which a command runs.
SECRETS_FILE = Path(".dlt") / "secrets.toml"

# Region → domain, from the table of region hosts in Genesys' own Python SDK (PureCloudRegionHosts, 257.0.0).
GENESYS_REGION_DOMAINS = {
    "us-east-1": "mypurecloud.com",
    "us-east-2": "use2.us-gov-pure.cloud",
    "us-west-2": "usw2.pure.cloud",
    "ca-central-1": "cac1.pure.cloud",
    "sa-east-1": "sae1.pure.cloud",
    "eu-west-1": "mypurecloud.ie",
    "eu-west-2": "euw2.pure.cloud",
    "eu-central-1": "mypurecloud.de",
    "eu-central-2": "euc2.pure.cloud",
    "me-central-1": "mec1.pure.cloud",
    "mx-central-1": "mxc1.pure.cloud",
    "ap-south-1": "aps1.pure.cloud",
    "ap-southeast-1": "apse1.pure.cloud",
    "ap-southeast-2": "mypurecloud.com.au",
    "ap-northeast-1": "mypurecloud.jp",
    "ap-northeast-2": "apne2.pure.cloud",
    "ap-northeast-3": "apne3.pure.cloud",
}


# The key pair goes before the password; host, port and protocol are for an address other than the account's own.
SNOWFLAKE_OPTIONAL = (
    "SNOWFLAKE_PRIVATE_KEY_PATH",
    "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE",
    "SNOWFLAKE_PASSWORD",
    "SNOWFLAKE_ROLE",
    "SNOWFLAKE_WAREHOUSE",
    "SNOWFLAKE_HOST",
    "SNOWFLAKE_PORT",
    "SNOWFLAKE_PROTOCOL",
)


@dataclass(frozen=True)
class GenesysSettings:
    """Hosts (no trailing slash) and client of one Genesys Cloud org."""

    login_url: str
    api_url: str
    client_id: str
    client_secret: str


@dataclass(frozen=True)
class SalesforceSettings:
    """Host (no trailing slash) and connected app of one Salesforce org."""

    instance_url: str
    client_id: str
    client_secret: str


@dataclass(frozen=True)
class DynamicsSettings:
    """Hosts (no trailing slash), Entra ID tenant and app registration of one Dynamics 365 environment."""

    url: str
    login_url: str
    tenant_id: str
    client_id: str
    client_secret: str


def secret(name: str) -> str | None:
    """The setting ``name`` from the environment, else from dlt's ``secrets.toml``; None where neither has it."""
    if value := os.environ.get(name, "").strip():
        return value
    check_secrets_file()
    import dlt

    value = dlt.secrets.get(name) or dlt.secrets.get(name.lower())
    return str(value).strip() if value else None


def check_secrets_file() -> None:
    """Raise AttributionError where dlt could not read ``secrets.toml``; it says no value, which may be a secret."""
    if not SECRETS_FILE.is_file():
        return
    try:
        text = SECRETS_FILE.read_text(encoding="utf-8")
        tomllib.loads(text)
    except OSError as error:
        raise AttributionError(f"{SECRETS_FILE} can't be read: {error.strerror}.", "Mend its permissions.") from error
    except UnicodeDecodeError as error:
        raise AttributionError(f"{SECRETS_FILE} is no text in UTF-8.", "Save it in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        lines = text.splitlines()
        at = re.match(r"line (\d+)", place)
        number = min(int(at[1]) if at else len(lines), len(lines))
        if lines[number - 1].count('"') % 2:
            reason = "A quotation mark does not close"
        raise AttributionError(
            f"{SECRETS_FILE}, line {number}, is no TOML: {reason}.",
            'Mend that line. A setting is written NAME = "value".',
        ) from error


def required(described: Mapping[str, str], page: str) -> dict[str, str]:
    """Each of the settings ``described`` as ``secret`` has it, by name; ``described[name]`` says what it is.

    Raises one AttributionError that names all that are missing, a line each, and the ``page`` of docs on them.
    """
    found = {name: secret(name) or "" for name in described}
    missing = [f"{name} is not set: it is {described[name]}." for name, value in found.items() if not value]
    if missing:
        raise AttributionError(
            "\n".join(missing),
            f"Export what is missing, or write it into .dlt/secrets.toml (looked for in {Path.cwd()}); "
            f"docs/{page} says where it comes from.",
        )
    return found


def base_url(name: str, text: str) -> str:
    """``text`` without a trailing slash; an AttributionError naming the setting where it is no http(s) address."""
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of urlsplit and of port: brackets that do not close, a port that is no number
        fits = False
    if not fits:
        raise AttributionError(f"{name} is {text!r}, which is no address.", "It begins with https:// and names a host.")
    return text.rstrip("/")


def genesys_hosts(region: str) -> tuple[str, str]:
    """(login URL, API URL) of ``region``, which is an AWS region or a domain."""
    domain = GENESYS_REGION_DOMAINS.get(region.lower(), region.lower())
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain):
        raise AttributionError(
            f"GENESYSCLOUD_REGION is {region!r}, which is neither a region nor a domain.",
            f"It is one of {', '.join(GENESYS_REGION_DOMAINS)}, or a domain such as mypurecloud.com.",
        )
    return f"https://login.{domain}", f"https://api.{domain}"


def genesys() -> GenesysSettings:
    """Hosts and client of the Genesys Cloud org; GENESYSCLOUD_BASE_URL, where it is set, is both hosts."""
    needed = {
        "GENESYSCLOUD_REGION": "the AWS region of your Genesys Cloud org, such as us-east-1",
        "GENESYSCLOUD_OAUTHCLIENT_ID": "the id of your Genesys Cloud OAuth client",
        "GENESYSCLOUD_OAUTHCLIENT_SECRET": "the secret of your Genesys Cloud OAuth client",
    }
    if base := os.environ.get("GENESYSCLOUD_BASE_URL", "").strip():
        del needed["GENESYSCLOUD_REGION"]
    found = required(needed, "genesys_setup.md")
    if base:
        login_url = api_url = base_url("GENESYSCLOUD_BASE_URL", base)
    else:
        login_url, api_url = genesys_hosts(found["GENESYSCLOUD_REGION"])
    return GenesysSettings(
        login_url=login_url,
        api_url=api_url,
        client_id=found["GENESYSCLOUD_OAUTHCLIENT_ID"],
        client_secret=found["GENESYSCLOUD_OAUTHCLIENT_SECRET"],
    )


def genesys_requests_per_minute() -> int:
    """The rate limit per client of the org (ATTRIBUTION_GENESYS_REQUESTS_PER_MINUTE, default 300)."""
    text = os.environ.get("ATTRIBUTION_GENESYS_REQUESTS_PER_MINUTE", "").strip() or "300"
    if not text.isdecimal() or int(text) == 0:
        raise AttributionError(
            f"ATTRIBUTION_GENESYS_REQUESTS_PER_MINUTE is {text!r}.", "It is a whole number above 0, such as 300."
        )
    return int(text)


def genesys_requests_per_day() -> int:
    """What a day's requests are held against (ATTRIBUTION_GENESYS_REQUESTS_PER_DAY).

    Genesys Cloud counts requests by the month, an allotment for each billable user; without a figure of yours a day
    is what the rate limit admits in it.
    """
    text = os.environ.get("ATTRIBUTION_GENESYS_REQUESTS_PER_DAY", "").strip()
    if not text:
        return genesys_requests_per_minute() * 24 * 60
    if not text.isdecimal() or int(text) == 0:
        raise AttributionError(
            f"ATTRIBUTION_GENESYS_REQUESTS_PER_DAY is {text!r}.", "It is a whole number above 0, such as 100000."
        )
    return int(text)


def salesforce() -> SalesforceSettings:
    """Host and connected app of the Salesforce org that the environment names."""
    found = required(
        {
            "SALESFORCE_INSTANCE_URL": "the address of your Salesforce org, such as https://acme.my.salesforce.com",
            "SALESFORCE_CLIENT_ID": "the consumer key of your Salesforce connected app",
            "SALESFORCE_CLIENT_SECRET": "the consumer secret of your Salesforce connected app",
        },
        "salesforce_setup.md",
    )
    return SalesforceSettings(
        instance_url=base_url("SALESFORCE_INSTANCE_URL", found["SALESFORCE_INSTANCE_URL"]),
        client_id=found["SALESFORCE_CLIENT_ID"],
        client_secret=found["SALESFORCE_CLIENT_SECRET"],
    )


def dynamics() -> DynamicsSettings:
    """Hosts and app registration of the Dynamics 365 environment that the environment variables name.

    DYNAMICS_LOGIN_URL, where it is set, is the login address of another cloud than the public one.
    """
    found = required(
        {
            "DYNAMICS_URL": "the address of your Dynamics 365 environment, such as https://acme.crm.dynamics.com",
            "DYNAMICS_TENANT_ID": "the directory (tenant) id of your Entra ID",
            "DYNAMICS_CLIENT_ID": "the application (client) id of your app registration",
            "DYNAMICS_CLIENT_SECRET": "the client secret of your app registration",
        },
        "dynamics_setup.md",
    )
    login_url = os.environ.get("DYNAMICS_LOGIN_URL", "").strip() or "https://login.microsoftonline.com"
    return DynamicsSettings(
        url=base_url("DYNAMICS_URL", found["DYNAMICS_URL"]),
        login_url=base_url("DYNAMICS_LOGIN_URL", login_url),
        tenant_id=found["DYNAMICS_TENANT_ID"],
        client_id=found["DYNAMICS_CLIENT_ID"],
        client_secret=found["DYNAMICS_CLIENT_SECRET"],
    )


def snowflake() -> dict[str, str]:
    """The SNOWFLAKE_ settings by name: those without which nothing connects, and of SNOWFLAKE_OPTIONAL what is set.

    Raises AttributionError where one is missing; a password in place of a key pair is warned of, once.
    """
    found = required(
        {
            "SNOWFLAKE_ACCOUNT": "your Snowflake account",
            "SNOWFLAKE_USER": "your Snowflake user",
            "SNOWFLAKE_DATABASE": "the Snowflake database",
        },
        "snowflake.md",
    )
    found |= {name: value for name in SNOWFLAKE_OPTIONAL if (value := secret(name))}
    if "SNOWFLAKE_PRIVATE_KEY_PATH" not in found:
        if "SNOWFLAKE_PASSWORD" not in found:
            raise AttributionError(
                "SNOWFLAKE_PRIVATE_KEY_PATH is not set: it is the file with the private key of the Snowflake user.",
                "docs/snowflake.md says how a key pair is made. SNOWFLAKE_PASSWORD does too, for trying things out.",
            )
        _warn_of_password()
    elif not Path(found["SNOWFLAKE_PRIVATE_KEY_PATH"]).is_file():
        raise AttributionError(
            f"SNOWFLAKE_PRIVATE_KEY_PATH is {found['SNOWFLAKE_PRIVATE_KEY_PATH']}, where there is no file.",
            "It names the private key in PEM (PKCS#8); docs/snowflake.md says how one is made.",
        )
    return found


@functools.cache
def _warn_of_password() -> None:
    logger.warning(
        "Snowflake is opened with a password, which it refuses for service users; docs/snowflake.md: a key pair."
    )


def phone_region() -> str:
    """The region in which a national phone number is read (ATTRIBUTION_PHONE_REGION, default US)."""
    import phonenumbers

    region = os.environ.get("ATTRIBUTION_PHONE_REGION", "").strip().upper() or "US"
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise AttributionError(
            f"ATTRIBUTION_PHONE_REGION is {region!r}, which is no region.",
            "It is an ISO 3166 code of two letters, such as US or GB.",
        )
    return region


def target() -> str:
    """Which warehouse: duckdb (default) or snowflake, by ATTRIBUTION_TARGET."""
    name = os.environ.get("ATTRIBUTION_TARGET", "").strip().lower() or "duckdb"
    if name not in ("duckdb", "snowflake"):
        raise AttributionError(f"ATTRIBUTION_TARGET is {name!r}.", "It is duckdb or snowflake.")
    return name


def duckdb_path() -> Path:
    """The DuckDB file that dlt, dbt and the CLI share (ATTRIBUTION_DUCKDB_PATH, default warehouse.duckdb here)."""
    path = os.environ.get("ATTRIBUTION_DUCKDB_PATH", "").strip()
    return Path(path).absolute() if path else PROJECT_DIR / "warehouse.duckdb"


def webhook_inbox() -> Path:
    """Where the webhook keeps events until a load (ATTRIBUTION_WEBHOOK_INBOX; default: beside the DuckDB file)."""
    path = os.environ.get("ATTRIBUTION_WEBHOOK_INBOX", "").strip()
    return Path(path).absolute() if path else duckdb_path().with_suffix(".inbox.sqlite")
