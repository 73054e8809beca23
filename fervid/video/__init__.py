"""Facts about moving pictures that sources and formats agree on: colour, orientation, canvas, clock."""
