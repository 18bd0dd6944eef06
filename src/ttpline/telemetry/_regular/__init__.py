"""Regular JSON lines as columns: the lines that a program writes, all alike but for their values.

``scan`` finds where the strings of some lines are, ``skeleton`` what a line is but for its values, ``lines`` which
lines have a known skeleton, ``places`` where the values of a column are, and ``table`` what they say. A line that is
off by one byte is not regular; it goes to the reader of single records, which must say the same of a regular one (tests
hold the two against each other).
"""
