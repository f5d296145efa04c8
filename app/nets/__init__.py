"""Stacked networks: all networks of one structure as one tensor program with a leading network axis."""
