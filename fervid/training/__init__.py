"""From labelled faces to an engine: augmentation, the loop, evaluation, export.

The runtime never imports this folder.
"""
