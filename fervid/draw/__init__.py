"""Overlays on images: boxes, labels, bars and blurred faces."""
