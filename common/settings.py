"""Where the project looks and whom it talks to: all of it from the environment, read at the moment of use."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from common.errors import AttributionError

PROJECT_DIR = Path(__file__).resolve().parent.parent

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


def secret(name: str) -> str | None:
    """The setting ``name`` from the environment, else from dlt's ``secrets.toml``; None where neither has it."""
    if value := os.environ.get(name, "").strip():
        return value
    import dlt

    value = dlt.secrets.get(name) or dlt.secrets.get(name.lower())
    return str(value).strip() if value else None


def required(name: str, what: str) -> str:
    """As ``secret``, but an AttributionError names the setting where it is missing; ``what`` says what it is."""
    value = secret(name)
    if not value:
        raise AttributionError(
            f"{name} is not set: it is {what}.",
            "Export it, or write it into .dlt/secrets.toml; the README says where it comes from.",
        )
    return value


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


def genesys_hosts() -> tuple[str, str]:
    """(login URL, API URL) by GENESYSCLOUD_BASE_URL, else by GENESYSCLOUD_REGION (an AWS region or a domain)."""
    if base := os.environ.get("GENESYSCLOUD_BASE_URL", "").strip():
        base = base_url("GENESYSCLOUD_BASE_URL", base)
        return base, base
    region = required("GENESYSCLOUD_REGION", "the AWS region of your Genesys Cloud org, such as us-east-1")
    domain = GENESYS_REGION_DOMAINS.get(region.lower(), region.lower())
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain):
        raise AttributionError(
            f"GENESYSCLOUD_REGION is {region!r}, which is neither a region nor a domain.",
            f"It is one of {', '.join(GENESYS_REGION_DOMAINS)}, or a domain such as mypurecloud.com.",
        )
    return f"https://login.{domain}", f"https://api.{domain}"


def genesys() -> GenesysSettings:
    """Hosts and client of the Genesys Cloud org that the environment names."""
    login_url, api_url = genesys_hosts()
    return GenesysSettings(
        login_url=login_url,
        api_url=api_url,
        client_id=required("GENESYSCLOUD_OAUTHCLIENT_ID", "the id of your Genesys Cloud OAuth client"),
        client_secret=required("GENESYSCLOUD_OAUTHCLIENT_SECRET", "the secret of your Genesys Cloud OAuth client"),
    )


def genesys_requests_per_minute() -> int:
    """The rate limit per client of the org (ATTRIBUTION_GENESYS_REQUESTS_PER_MINUTE, default 300)."""
    text = os.environ.get("ATTRIBUTION_GENESYS_REQUESTS_PER_MINUTE", "").strip() or "300"
    if not text.isdecimal() or int(text) == 0:
        raise AttributionError(
            f"ATTRIBUTION_GENESYS_REQUESTS_PER_MINUTE is {text!r}.", "It is a whole number above 0, such as 300."
        )
    return int(text)


def salesforce() -> SalesforceSettings:
    """Host and connected app of the Salesforce org that the environment names."""
    return SalesforceSettings(
        instance_url=base_url(
            "SALESFORCE_INSTANCE_URL",
            required(
                "SALESFORCE_INSTANCE_URL",
                "the address of your Salesforce org, such as https://acme.my.salesforce.com",
            ),
        ),
        client_id=required("SALESFORCE_CLIENT_ID", "the consumer key of your Salesforce connected app"),
        client_secret=required("SALESFORCE_CLIENT_SECRET", "the consumer secret of your Salesforce connected app"),
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
