"""The exceptions that a damaged or foreign zip archive raises."""

from __future__ import annotations

import struct
import zipfile
import zlib

SPOILT = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError,  # its structure
    RuntimeError,  # a member is encrypted, or compressed in a way that is not known
    KeyError, TypeError, ValueError,  # a member is missing, or holds something else
    OverflowError, MemoryError,  # it states an impossible size
)  # fmt: skip
"""To be caught where an archive is read, in addition to OSError."""
