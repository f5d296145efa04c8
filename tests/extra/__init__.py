"""A connection that does not exist, added to the program as a developer would: a record, a block, a reference."""
