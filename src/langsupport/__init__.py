"""langsupport: documents and captions in the six languages of international organizations."""

__version__ = "0.1.0"
