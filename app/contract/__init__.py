"""What crosses a wire: experiments, commands (in), events (out), and their encoding. Imports no torch."""
