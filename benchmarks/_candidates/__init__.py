"""The candidates of ``benchmarks.candidates``: every one learns from the same rows and ranks techniques."""
