"""Pages in a browser: a live analysis, and a page that analyses pictures dropped on it.

A `Page` (server.py) serves a `Site`, either `LiveSite` or `PhotoSite`. The folder page/ holds the browser's files.
"""
