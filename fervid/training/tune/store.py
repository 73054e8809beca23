"""A study on disk: its trials and its plan in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import optuna
from optuna.exceptions import StorageInternalError
from optuna.pruners import MedianPruner
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from fervid.core.regular_files import LARGE, check_regular
from fervid.errors import OutputError, RecipeError

_NAME: Final = "fervid"
_PLAN: Final = "plan"
_FULL_REMEDY: Final = "free some space, then continue with --resume"
_REMEDY: Final = "start again with --overwrite, or choose another folder with -o"


@contextmanager
def opened(path: Path, plan: Mapping[str, Any], *, pruner: MedianPruner) -> Iterator[optuna.Study]:
    """Open the study in `path`, or create one if there is no such file.

    Args:
        path: The SQLite file.
        plan: Everything that determines the trials and their results, as a JSON document.
        pruner: The pruner, which ends trials early.

    Raises:
        RecipeError: The study has another plan.
        OutputError: The file is damaged, is not a study, or cannot be written.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # fervid reports progress itself
    new = not path.exists()
    storage = None
    connections: list[sqlite3.Connection] = []

    def connect() -> sqlite3.Connection:
        # The file is opened here, because a path may contain characters with a meaning in a database URL.
        connections.append(sqlite3.connect(path))
        return connections[-1]

    try:
        if not new:
            check_regular(path, LARGE)
    except OSError as error:
        raise OutputError(f"'{path}' cannot be read ({error.strerror})", _REMEDY) from error
    try:
        storage = RDBStorage("sqlite://", engine_kwargs={"creator": connect})
        if new:
            study = optuna.create_study(study_name=_NAME, storage=storage, direction="maximize", pruner=pruner)
            study.set_user_attr(_PLAN, plan)
        else:
            study = _load(path, storage, plan, pruner)
        abandon(study)
        yield study
    except (SQLAlchemyError, StorageInternalError) as error:
        reason = _reason(error)
        remedy = _FULL_REMEDY if "disk is full" in reason else _REMEDY
        raise OutputError(f"'{path}' cannot be used as a study ({reason})", remedy) from error
    finally:
        if storage is not None:
            storage.remove_session()
            storage.engine.dispose()
        else:  # it failed while it was made, and leaves what it opened
            for connection in connections:
                connection.close()


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Return the complete and pruned trials in order, without those that were interrupted."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def abandon(study: optuna.Study) -> None:
    """Mark trials that an interruption or a crash left running as failed."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)


def _load(path: Path, storage: RDBStorage, plan: Mapping[str, Any], pruner: MedianPruner) -> optuna.Study:
    try:
        study = optuna.load_study(study_name=_NAME, storage=storage, pruner=pruner)
        before = study.user_attrs[_PLAN]
    except (KeyError, RecursionError, ValueError) as error:  # the last two come from its JSON
        raise OutputError(f"'{path}' does not contain a study of fervid", _REMEDY) from error
    now = json.loads(json.dumps(plan))
    others = [key for key in now if before.get(key) != now[key]]
    if others:
        raise RecipeError(f"'{path}' was made with another {' and '.join(others)}", _REMEDY)
    return study


def _reason(error: BaseException) -> str:
    """Return SQLite's own message, which other exceptions wrap."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).splitlines()[0]
