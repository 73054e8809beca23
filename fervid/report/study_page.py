"""The page of a report: one HTML file that holds its style, its scripts and its data, and asks no network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import Final

from fervid.report.study_data import StudyData

_STYLES: Final = (("fervid.web", "style.css"), ("fervid.report", "report.css"))

_SCRIPTS: Final = (
    ("fervid.web", "page.js"),
    *(
        ("fervid.report", f"{name}.js")
        for name in ("words", "levels", "flags", "lane", "film", "view", "card", "tables", "report")
    ),
)
"""The scripts, each after those that it imports from."""


def page(data: StudyData) -> Iterator[str]:
    """Yield the text of the page, piece by piece."""
    style = "\n".join(_read(package, name) for package, name in _STYLES)
    script = "\n".join(_inlined(_read(package, name)) for package, name in _SCRIPTS)
    icon = "data:image/svg+xml;base64," + base64.b64encode(_read("fervid.web", "icon.svg").encode()).decode()
    fill = {
        "title": escape(str(data.document["title"])),
        "policy": _policy(style, script),
        "icon": icon,
        "style": style,
        "script": script,
        "study": _json(data.document),
    }
    before, after = _read("fervid.report", "report.html").split("$parts\n")
    yield _filled(before, fill)
    for name, text in data.parts.items():
        yield f'<script type="text/plain" id="{name}">{text}</script>\n'  # base64, and a name made of numbers
    yield _filled(after, fill)


def _read(package: str, name: str) -> str:
    return (files(package) / "page" / name).read_text(encoding="utf-8")


def _filled(template: str, fill: dict[str, str]) -> str:
    return re.sub(r"\$(title|policy|icon|style|script|study)\b", lambda found: fill[found[1]], template)


def _inlined(module: str) -> str:
    """Return a module as a part of one script that holds all modules."""
    return re.sub(r"^export ", "", re.sub(r"^import .*\n", "", module, flags=re.MULTILINE), flags=re.MULTILINE)


def _policy(style: str, script: str) -> str:
    """Return the rule by which the browser runs this script and style alone, and asks no network."""
    hashes = {name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in
              (("style", style), ("script", script))}  # fmt: skip
    return (
        f"default-src 'none'; img-src data:; media-src 'self' file:; "
        f"style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'"
    )


def _json(document: object) -> str:
    """Return JSON that no HTML parser takes for the end of its element, whatever names it holds."""
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
