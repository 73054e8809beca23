"""Write the tables of results into training/README.md, and the row on CK+ into docs/accuracy.md.

    python training/make_table.py

The results come from the metrics.json of each recipe's folder, the figures of the teachers from teachers.json and those
of CK+ from ck_plus.json.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from recipe_results import HERE, Result, replaced, results
from shipped_engines import accuracy_row, ck_plus_table, shipped_engines

from fervid import networks

BEGIN = "<!-- results: written by make_table.py -->\n"
END = "<!-- end of results -->\n"
CK_BEGIN = "<!-- CK+: written by make_table.py -->\n"
CK_END = "<!-- end of CK+ -->\n"
TEACHERS_BEGIN = "<!-- teachers: written by make_table.py -->\n"
TEACHERS_END = "<!-- end of teachers -->\n"
ACCURACY_ROW = "| accuracy, CK+"

HEADER = (
    "| recipe | parameters | best epoch | s per epoch | public_test | private_test | lower bound | agreed | "
    "reported accuracy |\n"
)
RULE = "|---|---:|---:|---:|---:|---:|---:|---:|---|\n"

SOURCES = {
    "fcnn": "38.8 % after 10 epochs, 42-43 % at best",
    "simple-conv": "51.9 % after 9, 55-56 % after 30",
    "emotionnet": "62-63 % after 30-35",
    "emotionnet-labels": "62-63 % after 30-35",
    "emotionnet-plain": "55.1 % after 9, 62-63 % after 30-35",
    "eda-cnn": "44.7 % after 9, about 60 % later",
    "cnn6": "63.78 %, 68.61 % when tuned",
    "feedforward": "48.42 % at epoch 65",
    "resnet18": "61.5-64.36 % from ImageNet weights",
    "resnet34": "none given",
    "fcn4": "curves only",
    "shallow-bn": "20.0 %",
    "deep-bn": "17.5 %",
    "resnet50-frozen": "19.0 % from ImageNet weights",
    "resnet101-frozen": "20.5 % from ImageNet weights",
    "resnet152-frozen": "curves only",
    "lasagne96": "none given",
}
"""Accuracy that the project a network comes from reports, mostly without naming the split."""


def row(result: Result) -> str:
    """Return the row of one recipe."""
    recipe, metrics = result.recipe, result.metrics
    public, private, agreed = metrics["public_test"], metrics["private_test"], metrics.get("private_test_agreed")
    with torch.device("meta"):
        network = networks.create(recipe.network, len(private["classes"]), result.channels)
    cells = (
        f"[{recipe.name}]({recipe.name}.toml)",
        f"{sum(tensor.numel() for tensor in network.parameters()):,}",
        f"{metrics['best_epoch']} of {metrics['epochs']}",
        f"{result.seconds:.0f}" + (", GPU" if metrics["made_with"].get("device", "cpu") != "cpu" else ""),
        f"{public['accuracy']:.2%}",
        f"**{private['accuracy']:.2%}** of {private['faces']:,}",
        f"{private['accuracy_lower_bound']:.2%}",
        f"{agreed['accuracy']:.2%} of {agreed['faces']:,}" if agreed else "",
        SOURCES.get(recipe.name, "our own"),
    )
    return "| " + " | ".join(cells).replace("%", " %").replace("  %", " %") + " |\n"


def table() -> str:
    """Return the table as it stands in the document."""
    return HEADER + RULE + "".join(map(row, results()))


def teachers_table() -> str:
    """Return the table of the teachers, each alone and all together."""
    figures = json.loads((HERE / "teachers.json").read_text(encoding="utf-8"))
    kinds = ("class, public_test", "class, private_test", "distribution, public_test", "distribution, private_test")
    lines = [
        "| teacher | public_test | private_test | FER+, public_test | FER+, private_test |\n|---|---:|---:|---:|---:|\n"
    ]
    for name, found in figures.items():
        title = "**mean of all**" if name == "all" else f"[{name}]({name}.toml)"
        lines.append(f"| {title} | " + " | ".join(f"{100 * found[kind]:.2f} %" for kind in kinds) + " |\n")
    return "".join(lines)


def documents() -> dict[Path, str]:
    """Return the two documents and their texts, with the tables and the row as they should be."""
    found = shipped_engines()
    results_page, accuracy = HERE / "README.md", HERE.parent / "docs" / "accuracy.md"
    text = replaced(results_page.read_text(encoding="utf-8"), BEGIN, END, table())
    text = replaced(text, TEACHERS_BEGIN, TEACHERS_END, teachers_table())
    lines = accuracy.read_text(encoding="utf-8").splitlines(keepends=True)
    return {
        results_page: replaced(text, CK_BEGIN, CK_END, ck_plus_table(found)),
        accuracy: "".join(accuracy_row(found[0]) if line.startswith(ACCURACY_ROW) else line for line in lines),
    }


def main() -> None:
    """Replace the tables between their markers, and the row."""
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
