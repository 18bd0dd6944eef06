"""Interpreted text of ``ausearch -i``: its dates, and its records as the kernel wrote them."""
