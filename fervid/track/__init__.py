"""Identities of faces from frame to frame."""
