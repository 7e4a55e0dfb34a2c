"""Interchange formats: translation memories (TMX), term bases (TBX), packages for translators (XLIFF).

Bytes to the plain data of `domain/interchange.py` and back; nothing here knows of translation or a database.
"""
