"""Benchmarks: each module measures one thing against a reference in the same run and writes results/<name>.json."""
