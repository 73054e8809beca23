"""Write docs/settings.md, the table of all options of an analysis, from the options themselves.

Run ``python docs/make_settings.py`` after changing an option; a test compares.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fervid.settings import OPTIONS, Group, Option

HEAD: Final = """# Options of an analysis

Written by `python docs/make_settings.py`.

The names are those of `fervid.Settings`, of the keyword arguments of `fervid.read` and the other functions, and of the
keys in `fervid.toml`. On the command line, an option has dashes instead of underscores (`--min-face`), and
[each command](commands.md) lists those that apply to it. `fervid config` shows the values in force and where each comes
from; [a study](studies.md#write-the-options-down) keeps them in a file.
"""
ABSENT: Final = "none"


def reference() -> str:
    """Return the text of docs/settings.md."""
    return HEAD + "".join(section(group) for group in Group)


def section(group: Group) -> str:
    """Return the table of the options of a group."""
    rows = [line(option) for option in OPTIONS.values() if option.group is group]
    head = "| option | takes | default | meaning |\n|---|---|---|---|\n"
    return f"\n## {group.value[0].upper()}{group.value[1:]}\n\n{head}{''.join(rows)}"


def line(option: Option) -> str:
    """Return the row of an option."""
    default = ABSENT if option.default in (None, ()) else f"`{option.default}`"
    return f"| `{option.name}` | {option.takes} | {default} | {option.help} |\n"


if __name__ == "__main__":
    (Path(__file__).parent / "settings.md").write_text(reference(), encoding="utf-8")
