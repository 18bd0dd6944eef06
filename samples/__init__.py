"""Sample files, and in ``source/`` what they are made from; no part of the installed package."""
