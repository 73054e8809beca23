"""Short clips of drawn faces with their ground truth, for demonstrations and tests."""
