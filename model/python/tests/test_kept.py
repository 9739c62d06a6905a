"""What a plugin keeps in files is read row by row and text by text, whatever the plugin is."""

from __future__ import annotations

import sqlite3
import tempfile
import unittest
from contextlib import closing
from pathlib import Path
from typing import Any

from forget_me_not.kept import answer

EVERYTHING = [{"in": "**"}]


class Kept(unittest.TestCase):
    """A folder with files, and the rows that are found in it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, path: str, text: str) -> None:
        """Puts a file into the folder."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def database(self, *statements: str) -> None:
        """Makes a database that nobody has checkpointed."""
        with closing(sqlite3.connect(self.folder / "a.db")) as database:
            database.execute("pragma journal_mode = wal")
            for statement in statements:
                database.execute(statement)
            database.commit()

    def rows(self, *keeps: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows that are found, without their texts but for the turns."""
        found = answer({"folder": str(self.folder), "keeps": list(keeps) or EVERYTHING})
        return [tuple(row) for row in found["rows"]]

    def test_a_row_has_its_session_and_who_says_it(self) -> None:
        self.database("create table m (session_id, role, content)", "insert into m values ('S1', 'user', 'S1#1 hi')")
        keep = {"in": "a.db", "table": "m", "text": ["content"]}
        self.assertEqual(self.rows(keep), [(0, "a.db:m", "S1", "user", "S1#1 hi")])
        self.assertEqual(self.rows({**keep, "table": "n"}), [])
        self.assertEqual(self.rows({**keep, "session": "role", "role": "session_id"}), [(0, "a.db:m", "user", "S1", "S1#1 hi")])

    def test_an_index_over_a_table_is_no_table(self) -> None:
        self.database(
            "create table m (content)",
            "create virtual table f using fts5(content, content=m)",
            "insert into m values ('S1#1')",
            "insert into f (rowid, content) values (1, 'S1#1')",
        )
        self.assertEqual([row[1] for row in self.rows()], ["a.db:m"])

    def test_a_file_of_json_has_records_and_any_other_is_a_text(self) -> None:
        self.write("turns.jsonl", '{"role": "user", "content": "S1#1"}\n{"role": "agent", "content": "S1#1 so"}\n')
        self.write("turn.json", '{"session": "S2", "content": "S2#1"}')
        self.write("note.md", "# today\n**User:** S1#2\n**Agent:** S1#2 so\n")
        self.write("broken.jsonl", '{"content": "S1#3"}\n{"content": "S1')
        found = {(row[2], row[3], row[4].split("\n")[-1]) for row in self.rows({"in": "**", "text": ["content"]})}
        self.assertIn((None, "user", "S1#1"), found)
        self.assertIn(("S2", None, "S2#1"), found)
        self.assertEqual(len(found), 5)

    def test_a_path_names_a_session_and_a_file_belongs_to_the_first_that_fits(self) -> None:
        self.write("notes/S1.md", "S1#1")
        self.write("notes/deep/S2.md", "S2#1")
        found = self.rows({"in": "notes/{session}.md"}, {"in": "**"})
        self.assertEqual(found, [(0, "notes/{session}.md", "S1", None, "S1#1"), (1, "**", None, None, "S2#1")])

    def test_what_the_host_keeps_and_what_names_no_turn_is_left_out(self) -> None:
        self.write("hermes/transcripts.json", '{"S1": "S1#1"}')
        self.write("hermes/plugins/p/a.md", "S1#1")
        self.write("log.txt", "item #1, S1#0")
        self.assertEqual(self.rows(), [])

    def test_a_database_that_cannot_be_read_is_a_problem(self) -> None:
        (self.folder / "a.db").write_bytes(b"SQLite format 3\0" + b"x" * 2000)
        self.assertIn("DatabaseError", answer({"folder": str(self.folder), "keeps": EVERYTHING})["problem"])
