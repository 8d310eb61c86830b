"""Log of successful and failed log-ins: times, events and addresses; no names, no passwords."""

from __future__ import annotations

import logging
import os
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

NAME = "signins.log"
LARGEST, KEPT = 1 << 20, 3
"""Bytes of the log, and number of older logs that are kept: some 15,000 lines each."""


class SignIns:
    """Writes one line an event, with the time in UTC.

    Parameters
    ----------
    folder : Path
        Folder of the log; nothing is written before the first event.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME

    def note(self, event: str, address: str) -> None:
        """Write an event; a log that cannot be written has no effect on the log-in.

        Parameters
        ----------
        event : str
            One of Backline's own phrases, never user input.
        address : str
            Where it came from, "" for this machine's own command line.
        """
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError:
            return
        handler = RotatingFileHandler(self._file, maxBytes=LARGEST, backupCount=KEPT, delay=True)
        formatter = logging.Formatter("%(asctime)sZ %(message)s", "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
        logger = logging.Logger(NAME)  # outside the logger hierarchy: no other handler receives it
        logger.addHandler(handler)
        logger.info("%s%s", event, f" from {address}" if address else "")
        handler.close()
