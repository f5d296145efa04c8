"""The published networks as ordinary PyTorch: texts for readers, put together by ``app.catalog.code``.

The program reads these modules as text and never imports them, so the server stays without torch. Each class and
function stands for itself: the text of a network is those that it needs, and a last line that builds it.
"""
