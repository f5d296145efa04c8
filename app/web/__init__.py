"""The web: pages, JSON API, live websocket and the guard before them. Thin; it has no rules of its own."""
