"""Training of networks: recipes, augmentation, the training loop, checkpoints and tuning.

The runtime never imports this package.
"""
