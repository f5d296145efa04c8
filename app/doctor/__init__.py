"""What stands in the way of a good lecture on this machine: checks that change nothing, a module for each kind."""
