"""`sqlite3`: a busy database is waited for in virtual time.

SQLite waits for real inside C code. Every connection therefore gets a timeout of 0, and a call that finds the database busy is repeated
with the delays of SQLite's own busy handler. The clock of its SQL functions is the simulated one.
"""

from __future__ import annotations

import _sqlite3
import re
from collections.abc import Callable
from typing import Any

from .clock import Clock, sleep
from .scheduler import scheduler

_DELAYS = (0.001, 0.002, 0.005, 0.010, 0.015, 0.020, 0.025, 0.025, 0.025, 0.050, 0.050, 0.100)
_BUSY, _SNAPSHOT = 5, 517
_PRAGMA = re.compile(r"\s*pragma\s+(?:\w+\.)?busy_timeout\s*(?:=\s*(\d+)|\(\s*(\d+)\s*\))", re.IGNORECASE)
_RawConnection: Any = _sqlite3.Connection
_RawCursor: Any = _sqlite3.Cursor
_OperationalError = _sqlite3.OperationalError
_connect = _sqlite3.connect
_MOMENTS = ("datetime", "date", "time", "julianday", "unixepoch", "strftime")


def _is_worth_waiting(error: BaseException) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == _BUSY and code != _SNAPSHOT


def _patiently(connection: Connection, call: Callable[..., Any], *arguments: Any) -> Any:
    """Calls until the database is not busy, or the connection's timeout has passed."""
    waited = 0.0
    for attempt in range(1 << 30):
        try:
            return call(*arguments)
        except _OperationalError as error:
            delay = min(_DELAYS[min(attempt, len(_DELAYS) - 1)], connection.patience - waited)
            if not _is_worth_waiting(error) or delay <= 0:
                raise
        sleep(delay)
        waited += delay


class Cursor(_RawCursor):  # type: ignore[misc]
    """`sqlite3.Cursor`."""

    def execute(self, sql: str, *parameters: Any) -> Any:
        """As the original."""
        pragma = _PRAGMA.match(sql)
        if pragma is not None:
            self.connection.patience = int(pragma[1] or pragma[2]) / 1000
            return super().execute(f"select {int(pragma[1] or pragma[2])} as timeout")
        return _patiently(self.connection, super().execute, sql, *parameters)

    def executemany(self, sql: str, parameters: Any) -> Any:
        """As the original."""
        return _patiently(self.connection, super().executemany, sql, parameters)

    def executescript(self, script: str) -> Any:
        """As the original."""
        return _patiently(self.connection, super().executescript, script)


class Connection(_RawConnection):  # type: ignore[misc]
    """`sqlite3.Connection`."""

    patience = 5.0

    def __init__(self, database: Any, timeout: float = 5.0, *arguments: Any, **keywords: Any) -> None:
        super().__init__(database, 0.0, *arguments, **keywords)
        self.patience = timeout
        _set_clock(self)

    def cursor(self, factory: Any = None) -> Any:
        """As the original."""
        return super().cursor(factory or Cursor)

    def execute(self, sql: str, *parameters: Any) -> Any:
        """As the original."""
        return self.cursor().execute(sql, *parameters)

    def executemany(self, sql: str, parameters: Any) -> Any:
        """As the original."""
        return self.cursor().executemany(sql, parameters)

    def executescript(self, script: str) -> Any:
        """As the original."""
        return self.cursor().executescript(script)

    def commit(self) -> None:
        """As the original."""
        _patiently(self, super().commit)

    def rollback(self) -> None:
        """As the original."""
        _patiently(self, super().rollback)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        (self.commit if kind is None else self.rollback)()
        return False


def _set_clock(connection: Any) -> None:
    """Lets the SQL functions of date and time read the simulated clock."""
    plain: list[Any] = []

    def evaluate(name: str, arguments: tuple[Any, ...]) -> Any:
        if not plain:
            plain.append(_RawConnection(":memory:", check_same_thread=False))
        # Without a switch point: SQLite holds the connection's lock here.
        moment = f"{(Clock.epoch + scheduler.now) / 86400e9 + 2440587.5:.8f}"
        if not arguments or (name == "strftime" and len(arguments) == 1):
            arguments += ("now",)
        fixed = [moment if isinstance(one, str) and one.lower() == "now" else one for one in arguments]
        marks = ",".join("?" * len(fixed))
        return _RawCursor(plain[0]).execute(f"select {name}({marks})", fixed).fetchone()[0]

    for name in _MOMENTS:
        connection.create_function(name, -1, lambda *arguments, _name=name: evaluate(_name, arguments))
    for name, function in (("current_timestamp", "datetime"), ("current_date", "date"), ("current_time", "time")):
        connection.create_function(name, 0, lambda _function=function: evaluate(_function, ()))


def connect(database: Any, timeout: float = 5.0, *arguments: Any, **keywords: Any) -> Any:
    """`sqlite3.connect`."""
    if len(arguments) < 4:
        keywords.setdefault("factory", Connection)
    return _connect(database, timeout, *arguments, **keywords)


def install() -> None:
    """Replaces what is in `_sqlite3`."""
    for mine, name in ((Connection, "Connection"), (Cursor, "Cursor")):
        mine.__module__ = "sqlite3"
        setattr(_sqlite3, name, mine)
    _sqlite3.connect = connect
