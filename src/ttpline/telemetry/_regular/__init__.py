"""Regular JSON lines as columns: the lines that a program writes, all alike but for their values.

``scan`` looks at the bytes of a block of lines once, ``quotes`` says where its strings may begin and end, ``skeleton``
is what a line is but for its values, ``layout`` how the lines of a skeleton lie and which lines do, ``lines`` which
skeletons are known, ``places`` where the values of a column are, ``cells`` and ``numbers`` what stands there, and
``table`` what somebody wants to know of it. A line that is off by one byte is not regular; it goes to the reader of
single records, which must say the same of a regular one (tests hold the two against each other).
"""
