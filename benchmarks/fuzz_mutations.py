"""Mutations of valid inputs: of bytes, and of documents such as TOML and JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any, Final

_NUMBERS: Final = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 2**63 - 1)
"""The numbers at the borders of types, where arithmetic goes wrong."""

_TEXTS: Final = (
    *(
        "",
        " ",
        ".",
        "..",
        "/",
        "../../x",
        "/dev/zero",
        "C:\\x",
        "concat:a|b",
        "file:x",
        "http://127.0.0.1:1/",
        "-",
        "--",
    ),
    *("\0", "\n", "\r\n", "\x1b[31m", "\u202e", "\ud800", "\ufeff", "[red]", "[/]", "%s", "{}", "=1+1", "nan", "-inf"),
    *(
        "1e999",
        "-1",
        "0",
        "٣",
        "1_000",
        "9" * 400,
        "9" * 5000,
        "a" * 5000,
        "é" * 300,
        "😀",
        "true",
        "null",
        "None",
        "[[",
        "{",
    ),
)
"""Texts that have special meanings to file systems, terminals, protocols and parsers."""

_VALUES: Final = (
    *(None, True, False, 0, -1, 1, 10**6, 10**30, -(10**30), 0.0, -0.0, 1e-320, 1e308, float("nan"), float("inf")),
    *([], {}, [[]], [None], [0, "a"], {"": 0}, {"a": {"b": []}}),
)


def mutate_bytes(content: bytes, other: bytes, chance: random.Random, words: Sequence[bytes] = ()) -> bytes:
    """Return `content` with one to eight mutations.

    Args:
        content: A valid input.
        other: Another one, from which pieces are taken.
        chance: The source of randomness.
        words: Pieces that mean something in the format, such as names of boxes or keys.
    """
    data = bytearray(content)
    for _ in range(1 + min(int(chance.expovariate(0.6)), 7)):
        place = _place(data, chance)
        match chance.randrange(9):
            case 0 if data:
                data[place % len(data)] ^= 1 << chance.randrange(8)
            case 1 if data:
                data[place % len(data)] = chance.randrange(256)
            case 2:
                size = chance.choice((1, 2, 3, 4, 8))
                number = chance.choice(_NUMBERS) % (1 << 8 * size)
                data[place : place + size] = number.to_bytes(size, chance.choice(("big", "little")))
            case 3:
                del data[place : place + _length(chance)]
            case 4:
                piece = data[place : place + _length(chance)]
                data[place:place] = piece * chance.choice((1, 1, 1, 2, 20))
            case 5:
                data[place:place] = chance.randbytes(_length(chance) % 64)
            case 6:
                begin = chance.randrange(len(other) + 1)
                piece = other[begin : begin + _length(chance)]
                data[place : place + chance.choice((0, len(piece)))] = piece
            case 7 if words:
                word = chance.choice(words)
                data[place : place + chance.choice((0, len(word)))] = word
            case 8 if chance.random() < 0.3:
                del data[place:]
    return bytes(data)


def mutate_document(document: Any, chance: random.Random) -> Any:
    """Return a copy of a document of mappings, lists and plain values with one to four values replaced."""
    changed = json.loads(json.dumps(document))
    for _ in range(1 + min(int(chance.expovariate(1)), 3)):
        changed = _with_change(changed, chance)
    return changed


def odd_text(chance: random.Random) -> str:
    """Return a text that means something special somewhere."""
    return chance.choice(_TEXTS)


def odd_value(chance: random.Random) -> Any:
    """Return a plain value, a list or a mapping that few programs expect."""
    kind = chance.random()
    if kind < 0.4:
        return odd_text(chance)
    if kind < 0.5:
        return chance.choice(_NUMBERS) * chance.choice((1, -1))
    if kind < 0.55:
        return _nested(chance.choice((3, 60, 400)), chance.random() < 0.5)
    return json.loads(json.dumps(chance.choice(_VALUES)))


def _with_change(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        change = chance.random()
        if change < 0.08:
            del value[key]
        elif change < 0.16:
            value[odd_text(chance)] = odd_value(chance)
        else:
            value[key] = _with_change(value[key], chance)
        return value
    if isinstance(value, list) and value and chance.random() < 0.7:
        place = chance.randrange(len(value))
        if chance.random() < 0.2:
            value.insert(place, odd_value(chance))
        else:
            value[place] = _with_change(value[place], chance)
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and chance.random() < 0.5:
        return chance.choice((value * 1e6, -value, value + 1, value / 1e6, 0, value + 0.5))
    return odd_value(chance)


def _nested(depth: int, as_list: bool) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value] if as_list else {"a": value}
    return value


def _place(data: Sequence[int], chance: random.Random) -> int:
    """Return a place in `data`. Half of them are near its beginning, where headers are."""
    length = len(data)
    return min(length, int(chance.expovariate(1 / 64))) if chance.random() < 0.5 else chance.randrange(length + 1)


def _length(chance: random.Random) -> int:
    return chance.choice((1, 2, 4, 8, 16, 64, 256, 2048))
