"""Plotly figures, built and tested on the server with ``plotly.graph_objects``. Knows experiments, never runs."""

from app.figures.diagrams import diagrams

__all__ = ["diagrams"]
