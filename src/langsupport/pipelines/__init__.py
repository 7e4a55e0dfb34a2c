"""The ways through: a document in, renditions out; a recording in, captions out.

Synchronous; all they need is passed in.
"""
