"""Ids and instants as the two systems write them, all derived from one text so that nothing is random."""

from __future__ import annotations

from hashlib import blake2b

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
DAY = 86_400_000
HOUR = 3_600_000
MINUTE = 60_000


def base62(number: int, width: int) -> str:
    """``number`` in base 62, padded to ``width`` characters (the lowest ones, where it is longer)."""
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 62)
        digits.append(BASE62[rest])
    return "".join(reversed(digits))


def checked(fifteen: str) -> str:
    """A Salesforce id of 15 characters as one of 18: each of the last three tells which of five are capitals."""
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << at for at, letter in enumerate(fifteen[start : start + 5]) if "A" <= letter <= "Z")
        suffix += CHECKSUM[bits]
    return fifteen + suffix


class Ids:
    """Makes ids; the same ``root`` text and the same order of calls give the same ids."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.count = 0
        self.tag = base62(int.from_bytes(blake2b(root.encode(), digest_size=8).digest()), 5)

    def named(self, kind: str, number: int = 0) -> str:
        """The UUID of one named thing, however many ids were made before it."""
        return _uuid(f"{self.root}/{kind}/{number}")

    def next(self) -> str:
        """The next UUID."""
        self.count += 1
        return _uuid(f"{self.root}#{self.count}")

    def contact(self, number: int) -> str:
        """A dialer contact's id: 32 hexadecimal digits."""
        return blake2b(f"{self.root}/contact/{number}".encode(), digest_size=16).hexdigest()

    def salesforce(self, prefix: str, number: int) -> str:
        """The 18-character id of record ``number`` of the object whose ids begin with ``prefix``."""
        return checked(prefix + self.tag + base62(number * 7 + 1, 7))


def _uuid(text: str) -> str:
    h = blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"
