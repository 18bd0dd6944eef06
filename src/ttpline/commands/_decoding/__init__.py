"""How encoded pieces of a command line are found and read: one file for each kind of layer, listed in ``kinds.py``.

A kind reads text and gives replacements. It runs nothing, and asks neither the environment nor a file nor the network.
"""
