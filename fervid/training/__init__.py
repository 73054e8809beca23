"""From labelled faces to an engine: data sets, augmentation, the loop, evaluation, export.

The runtime never imports this folder.
"""
