"""Rooms: who watches, and what each viewer is still to be sent."""
