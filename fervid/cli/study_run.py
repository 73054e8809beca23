"""The run of a command over one input or many, with the totals and the report that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from fervid.cli.report_option import RunReport

if TYPE_CHECKING:
    from fervid.cli.reporter import Reporter
    from fervid.run.results import Results
    from fervid.settings import Settings


def run_study(
    inputs: Sequence[str],
    settings: Settings,
    results: Results,
    reporter: Reporter,
    *,
    output: str | None,
    recursive: bool,
    resume: bool,
    summary: Path | None,
    report: Path | None,
    jobs: int | None,
    ray: str | None,
) -> int:
    """Analyse all inputs, write the totals and the report, and return the exit code.

    Args:
        inputs: Videos, pictures, folders or patterns, as the user named them.
        settings: The options of the analysis.
        results: The results of each input.
        reporter: Prints what happens.
        output: The file or folder of the results; None for the current folder.
        recursive: True to read subfolders too.
        resume: True to pass over what is complete.
        summary: The table of totals to write; None for none.
        report: The page to write; None for none.
        jobs: The number of inputs to analyse at once; None for the usual one.
        ray: The address of a cluster to analyse them on; None for this machine.

    Raises:
        FervidError: The inputs, the results or the options contradict each other, or something cannot be written.
    """
    from fervid.run.batch import Batch
    from fervid.run.ray_cluster import RayCluster

    page = RunReport(report, results, resume=resume)
    cluster = None if ray is None else RayCluster(ray, jobs)
    with (
        cluster or nullcontext(),
        Batch(
            inputs,
            settings,
            results,
            output=output,
            recursive=recursive,
            resume=resume,
            progress=reporter.progress,
            summary=summary,
            jobs=jobs,
            host=cluster,
        ) as batch,
    ):
        code = page.run(batch, reporter)
    if batch.summary is not None:
        reporter.note(f"wrote {batch.summary}")
    return code
