"""``python -m ttpline``: the command, where the script is not on the path."""

import sys

from ttpline.cli.main import run

if __name__ == "__main__":
    sys.exit(run())
