"""The analyses, one module each. A module here loads no torch when it is imported; see ``app.analyses.registry``."""
