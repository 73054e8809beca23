"""An extension of Griffe that fences the examples of docstrings, which Markdown would take for quotations."""

from __future__ import annotations

import re
from typing import Any, Final

from griffe import Extension

EXAMPLE: Final = re.compile(r"^>>> .*(?:\n.*\S.*)*", re.MULTILINE)
"""The lines of an example with their output, up to the next empty line."""


class DoctestFences(Extension):
    """Puts each example between fences."""

    def on_object(self, *, obj: Any, **_: Any) -> None:
        """Change the docstring of an object that was loaded."""
        if obj.docstring:
            obj.docstring.value = EXAMPLE.sub(r"```pycon\n\g<0>\n```", obj.docstring.value)
