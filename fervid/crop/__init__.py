"""Crops of faces, framed as the network expects."""
