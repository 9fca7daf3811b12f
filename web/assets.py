"""The page's files as they are served: the page, and all others under a folder named by a hash of all of them.

The files of page/ are served as they are, for the browser's tools; what the page itself names is joined of them.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Final

from web.joined import joined, source_map

CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".LICENSE": "text/plain",
}
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""Of the page: its own files and its own API, no text that becomes code or markup, nothing from elsewhere."""

PAGE: Final = "index.html"
START: Final = "app.js"
"""The module that index.html names, and what is named in its place: it, all that it imports, and deferred scripts."""
SCRIPT: Final = "page.js"
SCRIPT_MAP: Final = "page.js.map"
STYLES: Final = "page.css"
"""All style sheets that index.html names, in their order."""
_FOLDER: Final = "assets/"
"""What index.html calls the folder that the hash is put behind."""
_STYLE_SHEET: Final = re.compile(r'<link rel="stylesheet" href="assets/(styles/[^"]+)">\n')
_DEFERRED: Final = re.compile(r'<script src="assets/([^"]+)" defer></script>\n')
_GZIP_LEVEL: Final = 9
_HASH_CHARACTERS: Final = 16


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, and the same compressed, where the page asks for it and it is worth it."""

    content_type: str
    plain: bytes
    compressed: bytes | None


@dataclass(frozen=True, slots=True)
class Assets:
    """The page, and its files by their path below `assets/{version}/`."""

    version: str
    """Of all of them together: another one as soon as any file differs."""
    page: Asset
    files: Mapping[str, Asset]


@functools.cache
def page_assets() -> Assets:
    """All files of page/, read once; its modules and its style sheets are each one file more, which the page names."""
    found = dict(sorted(_below(files("web") / "page", PurePosixPath())))
    html = found.pop(PAGE).decode()
    sheets, scripts = _STYLE_SHEET.findall(html), _DEFERRED.findall(html)
    before = "".join(f"{found[path].decode()}\n" for path in scripts)
    modules = {path: content.decode() for path, content in found.items() if path.endswith(".js")}
    found[SCRIPT] = f"{joined(START, modules, before)}//# sourceMappingURL={SCRIPT_MAP}\n".encode()
    found[SCRIPT_MAP] = source_map(START, modules, before).encode()
    found[STYLES] = b"".join(found[path] for path in sheets)
    version = _version({PAGE: html.encode(), **found})
    html = _STYLE_SHEET.sub("", _DEFERRED.sub("", html.replace(START, SCRIPT).replace(sheets[0], STYLES)))
    html = html.replace(f'"{_FOLDER}', f'"{_FOLDER}{version}/')
    named = {path for path in found if f"/{path}" in html or path.endswith(".svg")}
    others = {path: _asset(path, content, is_asked_for=path in named) for path, content in found.items()}
    return Assets(version, _asset(PAGE, html.encode(), is_asked_for=True), others)


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


def _asset(path: str, content: bytes, *, is_asked_for: bool) -> Asset:
    # No time of day in it: several servers give the same bytes.
    compressed = gzip.compress(content, _GZIP_LEVEL, mtime=0) if is_asked_for else content
    is_smaller = len(compressed) < len(content)
    return Asset(CONTENT_TYPES[PurePosixPath(path).suffix], content, compressed if is_smaller else None)
