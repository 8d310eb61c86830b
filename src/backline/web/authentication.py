"""Authentication: password hash, sessions, pairing of a phone, limits on wrong passwords."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from backline.errors import UsageError
from backline.storage.atomic_file import atomic_file
from backline.user_dirs import keep_private
from backline.web.signins import SignIns
from backline.web.texts import say

LEAST_LENGTH, MOST_LENGTH = 12, 128
"""Characters (OWASP ASVS 4.0.3, 2.1.1 and 2.1.2)."""
SESSION_S = 12 * 3600.0
"""Longest time that one log-in lasts, seconds (OWASP ASVS 4.0.3, 3.3.2, level 2)."""
IDLE_S = 30 * 60.0
"""A session without a request for this long ends, seconds (the same row)."""
PAIRING_S = 600.0
"""A pairing link is valid for this long, and once, seconds."""
GUESSES, WINDOW_S = 5, 300.0
"""Wrong passwords that one address may try, within this time, seconds."""
ALL_GUESSES = 50
"""Wrong passwords from all addresses together within that time: guessing from many addresses gains
nothing (ASVS 2.2.1 wants at most 100 an hour on one account; here a guessing guest would then lock
everybody out for longer, since there is one password)."""
MOST_SESSIONS = 200
"""Open at the same time; beyond it the one that was idle longest is closed."""
HASH_NAME = "password.hash"


def set_password(folder: Path, password: str) -> None:
    """Keep a password's hash (argon2id); only its owner can read the file.

    A server that runs on the folder asks for the new password from its next request on, and its
    sessions end.

    Raises
    ------
    UsageError
        If the password is too short or too long.
    """
    from argon2 import PasswordHasher

    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        raise UsageError(
            f"the password has {len(password)} characters: choose one of {LEAST_LENGTH} or more, "
            f"and at most {MOST_LENGTH}."
        )
    keep_private(folder)
    with atomic_file(folder / HASH_NAME) as part:  # without a file everybody would be let in
        part.touch(mode=0o600)
        part.write_text(PasswordHasher().hash(password), encoding="ascii")


@dataclass
class _Session:
    """When a session ends, and when it was last used (monotonic seconds)."""

    until: float
    used: float

    def open(self, now: float) -> bool:
        return now < self.until and now - self.used < IDLE_S


class Authenticator:
    """Checks passwords and holds the open sessions, which end with the server.

    Parameters
    ----------
    folder : Path
        Folder of the hash; without one, everybody on this machine has access. The file is checked
        at every request: a new password takes effect at once and ends all sessions. Where the file
        disappears, the last password stays in force.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / HASH_NAME
        self.log = SignIns(folder)
        self._hash, self._mark = "", (0, 0, 0)
        self._sessions: dict[str, _Session] = {}
        self._pairings: dict[str, float] = {}
        self._wrong: dict[str, list[float]] = {}
        self._lock = threading.Lock()
        self._reread()

    @property
    def guarded(self) -> bool:
        """Whether a password is set."""
        self._reread()
        return bool(self._hash)

    def try_password(self, password: str, address: str) -> str | None:
        """Return a new session for the right password, else None.

        Raises
        ------
        UsageError
            If too many wrong passwords came from that address, or from all together; then not even
            the right one is accepted.
        """
        from argon2 import PasswordHasher
        from argon2.exceptions import Argon2Error, InvalidHashError

        self._reread()
        with self._lock:
            waiting_s = self._note_a_guess(address)
            known = self._hash
        if waiting_s > 0:
            self.log.note("too many wrong passwords", address)
            wait = round(waiting_s / 60) + 1
            raise UsageError(say("request.guesses", count=wait))
        try:
            PasswordHasher().verify(known, password)
        except (Argon2Error, InvalidHashError):
            self.log.note("wrong password", address)
            return None
        with self._lock:
            self._wrong.pop(address, None)
        self.log.note("in by password", address)
        return self.new_session()

    def new_session(self) -> str:
        """Return a new session's secret."""
        token, now = secrets.token_urlsafe(32), time.monotonic()
        with self._lock:
            self._sessions = {k: one for k, one in self._sessions.items() if one.open(now)}
            if len(self._sessions) >= MOST_SESSIONS:
                del self._sessions[min(self._sessions, key=lambda k: self._sessions[k].used)]
            self._sessions[_digest(token)] = _Session(now + SESSION_S, now)
        return token

    def knows(self, token: str | None, *, used: bool = True) -> bool:
        """Return whether a session is open.

        Parameters
        ----------
        token : str or None
            Its secret.
        used : bool
            Whether the request counts as use; without it the session stays idle.
        """
        self._reread()
        now = time.monotonic()
        with self._lock:
            found = self._sessions.get(_digest(token or ""))
            if not token or found is None or not found.open(now):
                return False
            if used:
                found.used = now
            return True

    def end(self, token: str | None, address: str = "") -> None:
        """Close a session."""
        with self._lock:
            gone = self._sessions.pop(_digest(token or ""), None)
        if gone is not None:
            self.log.note("out", address)

    def new_pairing(self) -> str:
        """Return a code with which one device can log in once."""
        code = secrets.token_urlsafe(16)
        with self._lock:
            self._pairings[_digest(code)] = time.monotonic() + PAIRING_S
        return code

    def pair(self, code: str, address: str = "") -> str | None:
        """Return a session for a pairing code; the code is then invalid."""
        self._reread()
        with self._lock:
            until = self._pairings.pop(_digest(code), 0.0)
        if until <= time.monotonic():
            self.log.note("wrong or old pairing link", address)
            return None
        self.log.note("in by pairing link", address)
        return self.new_session()

    def _note_a_guess(self, address: str) -> float:
        """Count a guess before it is checked, so that parallel guesses are counted too.

        Returns
        -------
        float
            How long to wait, seconds; 0 where it may be checked.
        """
        now = time.monotonic()
        recent = {
            one: [t for t in times if now - t < WINDOW_S] for one, times in self._wrong.items()
        }
        self._wrong = {one: times for one, times in recent.items() if times}
        mine = self._wrong.get(address, [])
        every = sorted(t for times in self._wrong.values() for t in times)
        if len(mine) >= GUESSES:
            return WINDOW_S - (now - mine[0])
        if len(every) >= ALL_GUESSES:
            return WINDOW_S - (now - every[0])
        self._wrong.setdefault(address, []).append(now)
        return 0.0

    def _reread(self) -> None:
        """Read a password that was changed meanwhile; sessions from before it end."""
        try:
            status = self._file.stat()
            mark = (status.st_ino, status.st_mtime_ns, status.st_size)
            if mark == self._mark:
                return
            known = self._file.read_text("ascii")
        except (OSError, UnicodeDecodeError):
            return
        with self._lock:
            changed, self._hash, self._mark = known != self._hash, known, mark
            if changed:
                self._sessions.clear()
                self._pairings.clear()
        if changed:
            self.log.note("password set", "")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
