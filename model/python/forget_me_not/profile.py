"""Brings a memory plugin into a throwaway profile of Hermes, and asks Hermes' own loader what it finds there.

It runs before the template, on plain Python without the shim. Three ways are tried, each in a profile of its own: the package's installer, a copy
of the plugin's folder, and the entry point, for which a package needs nothing but to be installed. The first that Hermes finds is the profile of
the runs. With `--all` the others are tried as well.

It prints one object of JSON: `name` of the plugin and `profile`, or `problem`; and `ways`, each with its name and what became of it.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

_PATIENCE = 60
#: The groups of entry points by which packages announce memory plugins. Which of them a release of Hermes reads is its own business.
_GROUPS = ("hermes_agent.memory_providers", "hermes_agent.plugins", "hermes.memory_provider")
#: Prints the names of plugins that the loader finds, and of those the names of which it makes a provider.
_ASK = """
import sys
from plugins.memory import list_memory_provider_names, load_memory_provider
before = set(sys.argv[1].split(","))
for name in list_memory_provider_names():
    if name not in before or name == sys.argv[2]:
        print(name, load_memory_provider(name) is not None)
"""
_SHIPPED = "from plugins.memory import list_memory_provider_names; print(','.join(list_memory_provider_names()))"
_OK = "found"

Way = Callable[[Path], "str | None"]


def _python(script: str, home: Path, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-I", "-c", script, *arguments], env=_environment(home), capture_output=True, text=True, timeout=_PATIENCE
    )
    return ended.stdout


def _environment(home: Path) -> dict[str, str]:
    inherited = {"HERMES_HOME", "HOME"}
    return {name: value for name, value in os.environ.items() if name not in inherited} | {"HERMES_HOME": str(home), "HOME": str(home)}


def _manifest_name(folder: Path) -> str | None:
    manifest = folder / "plugin.yaml"
    found = re.search(r"^name:\s*[\"']?([\w.-]+)", manifest.read_text("utf-8"), re.MULTILINE) if manifest.is_file() else None
    return found[1] if found else None


def _is_plugin(folder: Path) -> bool:
    """As Hermes' loader decides it."""
    start = folder / "__init__.py"
    text = start.read_text("utf-8", "replace")[:8192] if start.is_file() else ""
    return "register_memory_provider" in text or "MemoryProvider" in text


def _copy(folder: Path, home: Path, name: str) -> None:
    shutil.copytree(folder, home / "plugins" / name, ignore=shutil.ignore_patterns("__pycache__", ".git"))


def _folders(package: str) -> list[Path]:
    """The folders of a distribution that look like a plugin, those with a manifest first."""
    files = importlib.metadata.distribution(package).files or []
    folders = {Path(str(file.locate())).parent for file in files if file.name == "__init__.py"}
    plugins = sorted(folder for folder in folders if _is_plugin(folder))
    return sorted(plugins, key=lambda folder: not (folder / "plugin.yaml").is_file())


class Bringing:
    """The ways of one plugin."""

    def __init__(self, package: str | None, folder: Path | None, installer: Sequence[str], name: str | None) -> None:
        self._package, self._folder, self._installer, self._name = package, folder, installer, name

    def ways(self) -> list[tuple[str, Way]]:
        """The ways to try, in their order."""
        if self._folder is not None:
            return [("folder copy", self._by_folder)]
        return [("installer", self._by_installer), ("folder copy", self._by_folder), ("entry point", self._by_entry_point)]

    def _by_installer(self, home: Path) -> str | None:
        if not self._installer:
            return "no installer is described"
        program = Path(sys.executable).parent / self._installer[0]
        words = [word.replace("{home}", str(home)) for word in self._installer[1:]]
        try:
            ended = subprocess.run(
                [str(program), *words], env=_environment(home), capture_output=True, text=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"it cannot be run: {type(error).__name__}"
        # Some want more than a profile, and have brought the plugin all the same.
        placed = (home / "plugins").is_dir() and any((home / "plugins").iterdir())
        return None if ended.returncode == 0 or placed else f"it ended with {ended.returncode}"

    def _by_folder(self, home: Path) -> str | None:
        folders = [self._folder] if self._folder else _folders(self._package or "")
        if not folders:
            return "no folder of the package is a plugin"
        folder = folders[0]
        _copy(folder, home, self._name or _manifest_name(folder) or folder.name)
        return None

    def _by_entry_point(self, _: Path) -> str | None:
        own = importlib.metadata.distribution(self._package or "").entry_points
        return None if any(point.group in _GROUPS for point in own) else "the package has none"

    def found(self, home: Path, shipped: str) -> str | None:
        """The name of the plugin of which Hermes makes a provider in this profile."""
        told = (line.split() for line in _python(_ASK, home, shipped, self._name or "").splitlines())
        names = [words[0] for words in told if len(words) == 2 and words[1] == "True"]
        return self._name if self._name in names else next(iter(names), None)


def bring(bringing: Bringing, base: Path, every: bool) -> dict[str, object]:
    """Tries the ways."""
    shipped = _python(_SHIPPED, base / "none").strip()
    answer: dict[str, object] = {}
    ways: list[tuple[str, str]] = []
    for number, (way, prepare) in enumerate(bringing.ways()):
        home = base / f"profile-{number}"
        home.mkdir(parents=True)
        why_not = prepare(home)
        name = None if why_not else bringing.found(home, shipped)
        ways.append((way, _OK if name else why_not or "Hermes does not find it"))
        if name and not answer:
            answer = {"name": name, "profile": str(home), "way": way}
            if not every:
                break
    return {**(answer or {"problem": "Hermes finds the plugin in no way"}), "ways": ways}


def main() -> None:
    """As the module says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("base", type=Path)
    parser.add_argument("--package")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--name")
    parser.add_argument("--installer", default="[]")
    parser.add_argument("--all", action="store_true")
    asked = parser.parse_args()
    try:
        bringing = Bringing(asked.package, asked.folder, json.loads(asked.installer), asked.name)
        answer = bring(bringing, asked.base, asked.all)
    except importlib.metadata.PackageNotFoundError:
        answer = {"problem": f"the package {asked.package} is not installed", "ways": []}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
