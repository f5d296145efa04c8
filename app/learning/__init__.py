"""Training: an experiment in, a stream of measurements out. No sockets, no clock but the one passed in."""
