"""Made-up people: names, and phone numbers from the ranges that numbering authorities keep for fiction."""

from __future__ import annotations

from random import Random


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = words(
    "Ada Ben Carla Dmitri Elena Farid Grace Hugo Ines Jonas Keira Liam Maya Noah Olivia Pablo Quinn Rosa Samir "
    "Tara Umar Vera Wendy Xavier Yara Zoe Amir Bianca Caleb Daria Emil Fatima Gavin Helga Ivan Judith Kofi Lena "
    "Marco Nadia Oscar Petra Rafael Selma Theo Ursula Victor Willa Yusuf Zara"
)
LAST_NAMES = words(
    "Abbott Bauer Castillo Dube Eriksen Fischer Garcia Hoffman Ibrahim Jensen Keller Lopez Meyer Novak Okafor "
    "Petrov Quigley Romano Schmidt Tanaka Ulrich Vargas Weber Xu Young Zimmer Archer Brandt Costa Doyle Ellis "
    "Farrell Greene Hayes Irwin Jacobs Kowalski Lambert Moreau Nilsson Osborne Parker Reyes Sato Turner Usman "
    "Vogel Walsh Yates Ziegler"
)
AREA_CODES = words(
    "201 202 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 "
    "253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319"
)
LEAD_SOURCES = ("Web", "Partner Referral", "Trade Show", "Purchased List", "Phone Inquiry")
CURRENCIES = {"US": "USD", "GB": "GBP", "DE": "EUR"}


class Phones:
    """Gives out numbers in E.164, each of them once."""

    def __init__(self) -> None:
        self.given = {"US": 0, "GB": 0, "DE": 0}

    def next(self, region: str) -> str:
        """The next number of the region: 555-01xx in the US, 020 7946 0xxx in Britain, 030 23125 xxx in Germany.

        What lies beyond these ranges goes on behind the same prefixes.
        """
        number = self.given[region]
        self.given[region] += 1
        if region == "US":
            line, area = divmod(number, len(AREA_CODES))
            return f"+1{AREA_CODES[area]}555{100 + line:04}"
        return f"+44207946{number:04}" if region == "GB" else f"+493023125{number:03}"


def name(rng: Random) -> tuple[str, str]:
    """First and last name."""
    return rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)


def region(rng: Random) -> str:
    """Where a lead lives: two of three in the US."""
    drawn = rng.random()
    return "US" if drawn < 0.68 else "GB" if drawn < 0.84 else "DE"


def national(phone: str) -> str:
    """A US number without its country code; another country's stays international, as it must to be read."""
    return phone[2:] if phone.startswith("+1") else phone


def in_crm(phone: str, style: int) -> str:
    """The number as people type it into a CRM; ``style`` picks one of several writings."""
    if phone.startswith("+1"):
        area, exchange, line = phone[2:5], phone[5:8], phone[8:]
        return (
            f"({area}) {exchange}-{line}",
            f"+1 {area}-{exchange}-{line}",
            f"{area}.{exchange}.{line}",
            f"1{area}{exchange}{line}",
            phone,
        )[style % 5]
    country, rest = phone[:3], phone[3:]
    return (phone, f"{country} {rest[:2]} {rest[2:6]} {rest[6:]}", f"{country} ({rest[:2]}) {rest[2:]}")[style % 3]
