"""``python -m fervid``."""

from fervid.cli import main

if __name__ == "__main__":
    main()
