"""``python -m fervid``, and the console script ``fervid``."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command line.

    Importing the commands takes longer than anybody should wait for Ctrl-C. Until then, it ends the process like any
    other program, without a traceback.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from fervid.cli import main as run

    run()


if __name__ == "__main__":
    main()
