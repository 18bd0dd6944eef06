"""The parts of the Linux audit log reader (``telemetry/auditd.py``), in the order in which bytes pass through them.

``blocks`` cuts the stream into whole lines · ``headers`` finds type, node, time and serial of every line ·
``window`` joins lines into events · ``regular`` turns the ordinary events into columns, all at once ·
``irregular`` does the same for one event at a time, by the book (``fields``, ``arguments``) · ``seen`` remembers
which events were given.
"""
