"""Analyses: questions put to trained weights. Each is a pure function of weights and data; only it imports torch."""
