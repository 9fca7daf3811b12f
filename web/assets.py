"""The page's files as they are served: the page, and all others under a folder named by a hash of all of them."""

from __future__ import annotations

import functools
import gzip
import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Final

CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".LICENSE": "text/plain",
}
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""Of the page: its own files and its own API, no text that becomes code or markup, nothing from elsewhere."""

PAGE: Final = "index.html"
_FOLDER: Final = "assets/"
"""What index.html calls the folder that the hash is put behind."""
_MODULES: Final = "<!-- modules -->"
_FIRST_MODULES: Final = ("app.js", "views/overview.js")
_IMPORT: Final = re.compile(r'^(?:import|export)\b[^"]*?"(\.[^"]+\.js)";', re.MULTILINE)
_GZIP_LEVEL: Final = 9
_HASH_CHARACTERS: Final = 16


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, and the same compressed."""

    content_type: str
    plain: bytes
    compressed: bytes

    @property
    def smaller(self) -> bool:
        """Whether compressing it is worth it."""
        return len(self.compressed) < len(self.plain)


@dataclass(frozen=True, slots=True)
class Assets:
    """The page, and its files by their path below `assets/{version}/`."""

    version: str
    """Of all of them together: another one as soon as any file differs."""
    page: Asset
    files: Mapping[str, Asset]


@functools.cache
def page_assets() -> Assets:
    """All files of page/, read once."""
    found = dict(sorted(_below(files("web") / "page", PurePosixPath())))
    version = _version(found)
    html = found.pop(PAGE).decode()
    html = html.replace(_MODULES, "\n".join(_preloads(found))).replace(f'"{_FOLDER}', f'"{_FOLDER}{version}/')
    others = {path: _asset(path, content) for path, content in found.items()}
    return Assets(version, _asset(PAGE, html.encode()), others)


def _preloads(found: Mapping[str, bytes]) -> Iterable[str]:
    """What the first view needs before all else, then the other modules, which may wait for its figures."""
    first = list(_with_imports(_FIRST_MODULES, found))
    for path in first:
        yield f'<link rel="modulepreload" href="{_FOLDER}{path}">'
    for path in found:
        if _is_module(path) and path not in first:
            yield f'<link rel="modulepreload" href="{_FOLDER}{path}" fetchpriority="low">'


def _with_imports(modules: Iterable[str], found: Mapping[str, bytes]) -> Iterable[str]:
    """These modules and all that they import, each once."""
    waiting, seen = list(modules), set[str]()
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        yield path
        folder = posixpath.dirname(path)
        imported = _IMPORT.findall(found[path].decode())
        waiting.extend(posixpath.normpath(posixpath.join(folder, name)) for name in imported)


def _is_module(path: str) -> bool:
    """theme.js and what others wrote are plain scripts."""
    return path.endswith(".js") and path != "theme.js" and not path.startswith("vendor/")


def _below(folder: Traversable, path: PurePosixPath) -> Iterable[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _below(entry, path / entry.name)
        elif PurePosixPath(entry.name).suffix in CONTENT_TYPES:
            yield str(path / entry.name), entry.read_bytes()


def _version(contents: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for path, content in contents.items():
        whole.update(f"{path}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()[:_HASH_CHARACTERS]


def _asset(path: str, content: bytes) -> Asset:
    # No time of day in it: several servers give the same bytes.
    return Asset(CONTENT_TYPES[PurePosixPath(path).suffix], content, gzip.compress(content, _GZIP_LEVEL, mtime=0))
