"""``python -m ttpline``: the command, where the script is not on the path."""

import sys

if __name__ == "__main__":  # a worker process imports this module too, and none of the command
    from ttpline.cli.main import run

    sys.exit(run())
