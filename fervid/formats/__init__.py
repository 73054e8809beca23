"""Where results go: CSV timelines, annotated video and pictures."""
