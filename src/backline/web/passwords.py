"""Who may come in: the password's hash, sessions, pairing of a phone, and patience with guesses."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from pathlib import Path

from backline.errors import UsageError

LEAST_LENGTH = 8
SESSION_S = 14 * 24 * 3600.0
PAIRING_S = 600.0
"""How long a pairing link can be used, once."""
GUESSES, WINDOW_S = 5, 300.0
"""Wrong passwords that one address may try within a time, seconds."""
HASH_NAME = "password.hash"


def set_password(folder: Path, password: str) -> None:
    """Keep a password's hash (argon2id); only its owner can read the file.

    Raises
    ------
    UsageError
        If the password is too short.
    """
    from argon2 import PasswordHasher

    if len(password) < LEAST_LENGTH:
        raise UsageError(
            f"the password has {len(password)} characters: choose one of {LEAST_LENGTH} or more."
        )
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / HASH_NAME
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(PasswordHasher().hash(password))


class Doorkeeper:
    """Knows the password's hash and the open sessions; these end with the server.

    Parameters
    ----------
    folder : Path
        Where the hash lies; without one, everybody on this machine may come in.
    """

    def __init__(self, folder: Path) -> None:
        file = folder / HASH_NAME
        self._hash = file.read_text("ascii") if file.is_file() else ""
        self._sessions: dict[str, float] = {}
        self._pairings: dict[str, float] = {}
        self._wrong: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    @property
    def guarded(self) -> bool:
        """Whether a password is set."""
        return bool(self._hash)

    def try_password(self, password: str, address: str) -> str | None:
        """Return a new session for the right password, else None.

        Raises
        ------
        UsageError
            If that address has guessed too often; not even the right one counts then.
        """
        from argon2 import PasswordHasher
        from argon2.exceptions import Argon2Error, InvalidHashError

        now = time.monotonic()
        with self._lock:
            recent = [t for t in self._wrong.get(address, ()) if now - t < WINDOW_S]
            self._wrong[address] = recent
            if len(recent) >= GUESSES:
                wait = round((WINDOW_S - (now - recent[0])) / 60) + 1
                raise UsageError(f"Too many wrong passwords: wait {wait} minutes, and try again.")
            recent.append(
                now
            )  # counts until it has proved right, so that many at once gain nothing
        try:
            PasswordHasher().verify(self._hash, password[:1000])
        except (Argon2Error, InvalidHashError):
            return None
        with self._lock:
            self._wrong.pop(address, None)
        return self.new_session()

    def new_session(self) -> str:
        """Return a new session's secret."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_digest(token)] = time.monotonic() + SESSION_S
        return token

    def knows(self, token: str | None) -> bool:
        """Tell whether a session is open."""
        with self._lock:
            return bool(token) and self._sessions.get(_digest(token or ""), 0) > time.monotonic()

    def end(self, token: str | None) -> None:
        """Close a session."""
        with self._lock:
            self._sessions.pop(_digest(token or ""), None)

    def new_pairing(self) -> str:
        """Return a code that lets one device in, once."""
        code = secrets.token_urlsafe(16)
        with self._lock:
            self._pairings[_digest(code)] = time.monotonic() + PAIRING_S
        return code

    def pair(self, code: str) -> str | None:
        """Return a session for a pairing code, which is used up by that."""
        with self._lock:
            until = self._pairings.pop(_digest(code), 0.0)
        return self.new_session() if until > time.monotonic() else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
