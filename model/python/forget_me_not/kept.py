"""Reads what a memory plugin keeps in files of its own: the rows of its SQLite databases, the records of its JSON files, and its texts.

It runs in a process of its own, on plain Python without the shim, and knows no plugin: where turns stand is told by the description of the
plugin, or else everything is looked through. It asks nobody what is remembered: a plugin's own recall is no witness.

One line of JSON in, one line out. In: `folder`, and `keeps`, each with `in` and perhaps `table`, `text`, `role`, `session`. Out: `rows`, each
with the number of its keep, its place, session, role and text; or `problem`.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: What the host keeps beside a plugin, by its beginning.
_OF_THE_HOST = ("hermes/transcripts.json", "hermes/plugins/", "hermes/logs/", "tmp/")
_SQLITE = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal")
#: What plugins usually call who says a text, and the session that it belongs to.
_ROLES = ("role", "speaker", "author", "sender")
_SESSIONS = ("session_id", "session", "conversation_id", "thread_id")
_TURN = re.compile(r"\w#[1-9]")
_LARGEST = 64 * 1024 * 1024
_VARIABLE = "{session}"

Row = tuple[int, str, "str | None", "str | None", str]


def _pattern(path: str) -> re.Pattern[str]:
    """`*` is a part of a name, `**` any folders, `{session}` the name of a session."""
    parts = re.split(r"(\*\*/?|\*|\{session\})", path)
    forms = {"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*", _VARIABLE: "(?P<session>[^/]+)"}
    return re.compile("".join(forms.get(part, re.escape(part)) for part in parts))


def _files(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in found if not path.startswith(_OF_THE_HOST) and not path.endswith(_BESIDE))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _named(keep: dict[str, Any], key: str, usual: tuple[str, ...], record: dict[str, Any]) -> str | None:
    """The value of the field that is told, or of one that is usually called so."""
    names = (keep[key],) if keep.get(key) else usual
    value = next((record[name] for name in names if record.get(name) is not None), None)
    return None if value is None else _text(value)


def _record(number: int, keep: dict[str, Any], place: str, record: dict[str, Any], session: str | None) -> Row:
    role = _named(keep, "role", _ROLES, record)
    session = session or _named(keep, "session", _SESSIONS, record)
    told = keep.get("text")
    texts = (record[name] for name in told if name in record) if told else record.values()
    return number, place, session, role, "\n".join(_text(value) for value in texts if value is not None)


def _tables(database: sqlite3.Connection, keep: dict[str, Any]) -> list[str]:
    """The tables that hold something themselves: an index over a table is made of what that holds."""
    told = keep.get("table")
    kinds = database.execute("select name, type from pragma_table_list where schema = 'main'").fetchall()
    own = sorted(name for name, kind in kinds if kind == "table" and not name.startswith("sqlite_"))
    return [name for name in own if not told or name == told]


def _of_database(number: int, keep: dict[str, Any], file: Path, path: str, session: str | None) -> Iterator[Row]:
    database = sqlite3.connect(file)
    database.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        for table in _tables(database, keep):
            rows = database.execute(f'select * from "{table}"')
            names = [column[0] for column in rows.description]
            for row in rows:
                yield _record(number, keep, f"{path}:{table}", dict(zip(names, row, strict=True)), session)
    finally:
        database.close()


def _records(text: str) -> list[dict[str, Any]] | None:
    """The records of a JSON list, or of lines of JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            value = [json.loads(line) for line in lines]
        except ValueError:
            return None
    value = value if isinstance(value, list) else [value]
    return value if all(isinstance(record, dict) for record in value) else None


def _of_text(number: int, keep: dict[str, Any], data: bytes, place: str, path: str, session: str | None) -> Iterator[Row]:
    text = data.decode("utf-8", "replace")
    records = _records(text) if path.endswith((".json", ".jsonl", ".ndjson")) else None
    if records is None:
        yield number, place, session, None, text
    else:
        for record in records:
            yield _record(number, keep, place, record, session)


def rows(folder: Path, keeps: list[dict[str, Any]]) -> Iterator[Row]:
    """The rows with turns in them. A file belongs to the first keep that it fits."""
    patterns = [_pattern(keep["in"]) for keep in keeps]
    for path in _files(folder):
        file = folder / path
        fits = [(number, found) for number, pattern in enumerate(patterns) if (found := pattern.fullmatch(path))]
        if not fits or file.stat().st_size > _LARGEST:
            continue
        data = file.read_bytes()
        number, found = fits[0]
        session = found.groupdict().get("session")
        if data.startswith(_SQLITE):
            for number, _ in fits if keeps[number].get("table") else fits[:1]:
                yield from _of_database(number, keeps[number], file, path, session)
        else:
            yield from _of_text(number, keeps[number], data, keeps[number]["in"], path, session)


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """The answer to a line."""
    try:
        found = rows(Path(asked["folder"]), asked["keeps"])
        return {"rows": [row for row in found if _TURN.search(row[4])]}
    except (OSError, sqlite3.Error) as error:
        return {"problem": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Answers until its input ends."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line)), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
