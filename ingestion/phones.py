"""A phone number as telephony writes it, brought into E.164: the form in which two systems can meet."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from common import settings

# How a number begins that says its country: the region has no part in it.
COUNTRY = "^[^0-9]*[+＋]"
_SCHEME = re.compile(r"^(tel|sips?|sms):", re.IGNORECASE)


def to_e164(text: str | None, region: str | None = None) -> str | None:
    """``text`` as E.164 (``+13175550123``), or None where it does not parse as a phone number.

    ``tel:``, ``sip:``, ``sips:``, ``sms:`` before and ``@…`` after the number are taken off first. A national
    number is read in ``region`` (default: ATTRIBUTION_PHONE_REGION). What parses counts; whether the number is
    in use or even possible is not asked, because a dialer reaches numbers that the metadata does not know yet.
    """
    if text is None:
        return None
    return _parse(text, region or settings.phone_region())


@lru_cache(maxsize=131072)
def _parse(text: str, region: str) -> str | None:
    number = _SCHEME.sub("", text.strip()).split("@", 1)[0]
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
