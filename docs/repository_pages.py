"""A hook of MkDocs that puts the documents outside docs/ on the site, and makes the links between all of them fit.

On the site, each file has its path in the repository, without a leading ``docs/``. So a link that works for a reader of
the repository works on the site too. A file that is no document, such as a recipe, is copied if a document links to it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
OUTSIDE: Final = ("*.md", "training/README.md", "engines/*/README.md")
"""The documents outside docs/."""

LINK: Final = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")
"""The path in a relative link of Markdown."""


def on_files(files: Any, config: Any) -> Any:
    """Add the documents outside docs/, and the files outside that a document links to."""
    from mkdocs.structure.files import File

    documents = [ROOT / "docs" / file.src_uri for file in files.documentation_pages()]
    outside = {path for pattern in OUTSIDE for path in ROOT.glob(pattern)}
    linked = {path for document in {*documents, *outside} for path in targets(document)}
    for path in sorted(outside | {path for path in linked if not path.is_relative_to(ROOT / "docs")}):
        files.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Return the text with each link as it leads from the page to its target on the site."""
    here = Path(page.file.abs_src_path)
    folder = PurePosixPath(page.file.src_uri).parent

    def moved(match: re.Match[str]) -> str:
        target = target_of(here, match[1])
        return match[1] if target is None else os.path.relpath(uri(target), folder).replace(os.sep, "/")

    return LINK.sub(moved, markdown)


def targets(document: Path) -> set[Path]:
    """Return the files that the relative links of a document lead to."""
    links = LINK.findall(document.read_text(encoding="utf-8"))
    return {target for link in links if (target := target_of(document, link)) is not None}


def target_of(document: Path, link: str) -> Path | None:
    """Return the file that a relative link leads to, or None if there is none; MkDocs then names the link."""
    path = Path(os.path.normpath(document.parent / link))
    if path.is_dir():
        path /= "README.md"
    return path if path.is_file() and path.is_relative_to(ROOT) else None


def uri(path: Path) -> str:
    """Return the path of a file of the repository on the site."""
    return path.relative_to(ROOT).as_posix().removeprefix("docs/")
