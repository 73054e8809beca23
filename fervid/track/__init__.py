"""Telling which face is whose from frame to frame."""
