"""Skipscope: a live laboratory for skip connections. Measured, not simulated."""

__version__ = "0.1.0"
