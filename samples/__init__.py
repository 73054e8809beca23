"""Short clips of drawn faces, with the truth about them known: for demonstrations and tests."""
