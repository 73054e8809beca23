"""What is painted on a frame."""
