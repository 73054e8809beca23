"""The section of the evaluation's page that compares the groups of one column."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from fervid.core.plurals import counted
from fervid.evaluation.fairness import CALIBRATION, Comparison, Estimate, Gap, GroupScore
from fervid.evaluation.html_tables import DASH, Markup, table


def section(found: Comparison) -> str:
    """Return the HTML of the section."""
    return f"""<h2>Groups: {escape(found.column)}</h2>
{_groups(found)}
<p class="note">{escape(" ".join(_notes(found)))}</p>
{_gaps(found)}
{_recalls(found)}
"""


def percent(estimate: Estimate) -> str:
    """Return a share as a percentage with its interval."""
    return f"{estimate.value:.1%} ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})"


def error(estimate: Estimate) -> str:
    """Return a calibration error with its interval."""
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def gap_cells(gap: Gap) -> list[str]:
    """Return a gap as cells: measure, lowest group, highest group, difference in points, and a word if it is clear."""
    low, high = (f"{value:.3f}" if gap.measure == CALIBRATION else f"{value:.1%}" for value in gap.values)
    points = (100 * value for value in (gap.difference.value, gap.difference.low, gap.difference.high))
    return [
        gap.measure,
        f"{gap.lowest}: {low}",
        f"{gap.highest}: {high}",
        "{:.1f} ({:.1f} to {:.1f})".format(*points),
        "clear" if gap.is_clear else "",
    ]


def small_groups(found: Comparison) -> str:
    """Return a sentence that names the groups too small to judge; empty if there are none."""
    if not found.too_small:
        return ""
    return f"Too small to judge: {', '.join(map(_size, found.too_small))}."


def _size(group: GroupScore) -> str:
    people = "" if group.people is None else f" of {group.people} {'person' if group.people == 1 else 'people'}"
    return f"{group.name} ({counted(group.faces, 'face')}{people})"


def _groups(found: Comparison) -> str:
    if not found.judged:
        return ""
    people = ["people"] if found.by_person else []
    return table(
        ["group", "faces", *people, "accuracy", "", "calibration error"],
        [
            [
                group.name,
                f"{group.faces:,}",
                *([] if group.people is None else [f"{group.people:,}"]),
                percent(group.accuracy),
                _drawn(group.accuracy),
                error(group.calibration_error),
            ]
            for group in found.judged
            if group.accuracy is not None and group.calibration_error is not None
        ],
    )


def _drawn(share: Estimate) -> Markup:
    """Return a picture of a share and its interval, from 0 to 100 %."""
    low, value, high = (100 * number for number in (share.low, share.value, share.high))
    return Markup(
        '<svg class="interval" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-hidden="true">'
        f'<rect width="100" height="8"/><line x1="{low:.1f}" x2="{high:.1f}" y1="4" y2="4"/>'
        f'<circle cx="{value:.1f}" cy="4" r="1.5"/></svg>'
    )


def _notes(found: Comparison) -> Iterator[str]:
    if found.judged:
        drawn = "people" if found.by_person else "faces"
        yield f"In brackets: 95 % intervals. The bootstrap drew the {drawn} {found.resamples:,} times."
    yield small_groups(found)
    if found.ungrouped:
        belong = "belongs" if found.ungrouped == 1 else "belong"
        yield f"{counted(found.ungrouped, 'face', grouping=',')} {belong} to no group."


def _gaps(found: Comparison) -> str:
    if not found.gaps:
        return ""
    header = ["largest gap in", "lowest", "highest", "difference in points", ""]
    return (
        table(header, map(gap_cells, found.gaps))
        + """<p class="note">The intervals of the differences account for the choice of the largest among all pairs of
groups. A point is a hundredth. A difference is clear if its interval excludes 0; any other may be chance, and is no
proof of equality.</p>"""
    )


def _recalls(found: Comparison) -> str:
    if not found.judged:
        return ""
    rows = [
        [
            name,
            *(
                f"{DASH} ({group.support[place]:,})" if recall is None else percent(recall)
                for group in found.judged
                for recall in [group.recalls[place]]
            ),
        ]
        for place, name in enumerate(found.classes)
    ]
    few = " or fewer than ten people" if found.by_person else ""
    return f"""{table(["recall", *(group.name for group in found.judged)], rows)}
<p class="note">A dash marks a class with fewer than {found.smallest} faces{few} in the group; the number of faces
follows. Accuracies of groups with different shares of the classes differ for that reason alone; recalls do not.</p>"""
