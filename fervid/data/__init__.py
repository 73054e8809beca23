"""Labelled pictures of faces: read from the forms people have them in, looked at, cleaned, converted."""
