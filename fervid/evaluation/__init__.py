"""Judges, describes and exports engines."""
