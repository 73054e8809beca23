"""Timestamps, colour, orientation and size of video frames, for sources and formats alike."""
