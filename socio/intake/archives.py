"""Archives: the one table in a .zip, or the file itself; nothing is unpacked to disk and no name is used as a path."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from socio.errors import Fault, TableError, words
from socio.intake import cells

if TYPE_CHECKING:
    from socio.errors import Words

SIGNATURES: Final = (b"PK\x03\x04", b"PK\x05\x06")
ENTRY: Final = b"PK\x01\x02"
"""Stands before each name in an archive's own list."""

WORKBOOKS: Final = frozenset({"[Content_Types].xml", "content.xml", "mimetype"})
"""A workbook, or a text document, is an archive of its own that has one of these."""

TABLES: Final = (".csv", ".xlsx", ".xls", ".ods")
NESTED: Final = (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst")
MOST_FILES: Final = 100
MOST_LISTED: Final = 5_000
"""More than this is not even listed; a workbook has at most 2 000."""

MOST_BYTES: Final = 60_000_000
MOST_RATIO: Final = 200
SMALL: Final = 1 << 20
"""What is no larger than this may be packed as tightly as it likes."""

CHUNK: Final = 1 << 16


def opened(content: bytes) -> bytes:
    """Return the one table in an archive; any other file is returned as it is.

    Parameters
    ----------
    content : bytes
        A file.

    Returns
    -------
    bytes
        The table's own bytes.

    Raises
    ------
    TableError
        The archive holds no table or several, another archive or far too much, or is locked or damaged.

    Notes
    -----
    docs/method.md §11. What is declared is checked before anything is unpacked, and what is unpacked
    is counted on the way.
    """
    if not content.startswith(SIGNATURES):
        return content
    if content.count(ENTRY) > MOST_LISTED:
        raise _refused(words("the archive holds more than {most} files", most=MOST_FILES))
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return content  # what it was does not show; the child that opens workbooks says so
    try:
        with archive:
            if WORKBOOKS.intersection(archive.namelist()):
                return content
            return _unpacked(archive, _table(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        raise _refused(words("the archive is damaged or cut off")) from None


def _table(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Find the one table by the names and sizes that the archive declares."""
    files = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not _name(member).startswith("._") and not member.filename.startswith("__MACOSX/")
    ]
    if len(archive.infolist()) > MOST_FILES:
        raise _refused(words("the archive holds more than {most} files", most=MOST_FILES))
    for member in files:
        if member.filename.casefold().endswith(NESTED):
            raise _refused(words("the archive holds another archive, “{name}”", name=cells.clipped(_name(member))))
    found = [member for member in files if member.filename.casefold().endswith(TABLES)]
    if not found:
        raise _refused(words("the archive holds no table"))
    if len(found) > 1:
        names = ", ".join(f"“{cells.clipped(_name(member))}”" for member in found[:5])
        wrong = words("the archive holds {count} tables: {names}", count=len(found), names=names)
        raise _refused(wrong)
    member = found[0]
    if member.flag_bits & 1:
        raise _refused(words("the archive is locked with a password"))
    if member.file_size > MOST_BYTES or (
        member.file_size > SMALL and member.file_size > MOST_RATIO * max(1, member.compress_size)
    ):
        raise _refused(words("what the archive holds is far larger than a table of schools"))
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _refused(words("the archive is packed in a way that is not read"))
    return member


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Unpack one file, no further than it says it is long; one that lies fails its checksum."""
    parts, size = [], 0
    with archive.open(member) as packed:
        while part := packed.read(CHUNK):
            size += len(part)
            if size > member.file_size:
                raise _refused(words("what the archive holds is far larger than a table of schools"))
            parts.append(part)
    content = b"".join(parts)
    if content.startswith(SIGNATURES):
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            if not WORKBOOKS.intersection(inner.namelist()):
                raise _refused(words("the archive holds another archive, “{name}”", name=cells.clipped(_name(member))))
    return content


def _name(member: zipfile.ZipInfo) -> str:
    """Return a file's own name on one clean line, for a sentence only."""
    return cells.text(member.filename.replace("\\", "/").rpartition("/")[2])


def _refused(wrong: Words) -> TableError:
    allowed = words("an archive holds one table, as .csv, .xlsx, .xls or .ods, without a password")
    return TableError([Fault(wrong=wrong, allowed=allowed)])
