"""Runs the stages: one analyser, a pipeline of threads, still pictures."""
