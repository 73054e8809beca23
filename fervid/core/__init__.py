"""The types that pass between the stages, and small tools that all of fervid shares."""
