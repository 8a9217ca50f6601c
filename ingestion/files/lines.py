"""The lines of a text file: UTF-8 with or without a byte order mark, plain or gzip, of a bounded length."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from common.errors import AttributionError

# Characters. A longer line is a file that is not what its name says, and would have to be held in memory as one.
LINE_LIMIT = 4_000_000
CHUNK = 1 << 16
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def text_lines(path: Path, compressed: bool) -> Iterator[str]:
    r"""Each line with its ending (\n, \r\n or \r). Raises AttributionError for what is no UTF-8 text."""
    number = 0
    try:
        with _open(path, compressed) as raw:
            lines = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
            while line := lines.readline(LINE_LIMIT):
                number += 1
                if len(line) == LINE_LIMIT and line[-1] not in "\r\n":
                    raise AttributionError(
                        f"{path}, line {number} has more than {LINE_LIMIT:,} characters.",
                        "A row ends with a line break; check the export. Nothing was loaded.",
                    )
                yield line
    except UnicodeDecodeError as error:
        raise _encoding_error(path, compressed) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise AttributionError(
            f"{path} is no complete gzip file (after line {number}: {error}).",
            "Copy or export it again; nothing was loaded.",
        ) from error
    except OSError as error:
        raise AttributionError(
            f"{path} can't be read after line {number}: {error.strerror or error}.",
            "Check the disk and try again; nothing was loaded.",
        ) from error


def _open(path: Path, compressed: bool) -> IO[bytes]:
    return gzip.open(path, "rb") if compressed else path.open("rb")  # type: ignore[return-value]


def _encoding_error(path: Path, compressed: bool) -> AttributionError:
    """Reads the file again as bytes, because a text reader does not say where it was."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, ends_with_return = 1, False
    with _open(path, compressed) as raw:
        for number, chunk in enumerate(iter(lambda: raw.read(CHUNK), b"")):
            if number == 0 and chunk[:2] in UTF16_MARKS:
                return AttributionError(
                    f"{path} is UTF-16, not UTF-8 (line 1 begins with its byte order mark).", _convert("UTF-16")
                )
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                before, byte = error.object[: error.start], error.object[error.start]
                line += _line_ends(before, ends_with_return)
                meant = bytes([byte]).decode("cp1252", errors="replace")
                return AttributionError(
                    f"{path}, line {line}: the byte 0x{byte:02x} is no UTF-8 (in Latin-1 it would be {meant!r}).",
                    _convert("LATIN1"),
                )
            line += _line_ends(chunk, ends_with_return)
            ends_with_return = chunk.endswith(b"\r")
    return AttributionError(f"{path}, line {line}: the file ends inside a character.", _convert("LATIN1"))


def _line_ends(text: bytes, after_return: bool) -> int:
    r"""Line endings in ``text``; a \n that belongs to the \r of the chunk before is not counted again."""
    ends = text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
    return ends - (1 if after_return and text.startswith(b"\n") else 0)


def _convert(encoding: str) -> str:
    return f"Save it as UTF-8, or convert it: iconv -f {encoding} -t UTF-8 old.csv > new.csv. Nothing was loaded."
