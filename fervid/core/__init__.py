"""The nouns and small tools that every room shares."""
