"""Faces of other products, so that what people already use works."""
