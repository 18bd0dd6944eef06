"""How good a classifier is: figures with intervals, calibration, and the training run that uses both."""
