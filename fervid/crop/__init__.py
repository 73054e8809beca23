"""From a face in a frame to the picture that a network takes."""
