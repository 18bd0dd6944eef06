"""Pictures: one file a plot, each a function from figures to a chart, drawn the same way on every machine."""
