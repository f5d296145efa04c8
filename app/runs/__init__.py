"""Runs: their states, streams, recordings, and the service that owns them."""
