"""Pages in a browser: the live picture with its readings, and still pictures that are dropped on a page.

A `Page` (server.py) serves a `Site`: `LiveSite` (live.py) or `PhotoSite` (photo.py). page/ holds what the browser gets.
"""
