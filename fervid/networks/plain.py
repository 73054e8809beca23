"""Networks of plain convolutions, each stage halved by max pooling."""

from __future__ import annotations

from torch import nn

from fervid.networks.base import ConvNet
from fervid.networks.dense import dense


def simple_conv(classes: int, channels: int) -> ConvNet:
    """Convolutions of 32 and 64 filters; 6400-classes. 63,623 parameters for grey pictures and seven classes."""
    head = nn.Sequential(nn.Flatten(), nn.Linear(64 * 10 * 10, classes))
    return ConvNet(nn.Sequential(*_halving(channels, 32), *_halving(32, 64)), head)


def eda_cnn(classes: int, channels: int) -> ConvNet:
    """Convolutions of 32 and 64 filters; 6400-64-classes. 428,935 parameters for grey pictures and seven classes.

    It returns logits as every network does; the softmax at its output is the engine's.
    """
    head = nn.Sequential(nn.Flatten(), *dense(64 * 10 * 10, 64, classes))
    return ConvNet(nn.Sequential(*_halving(channels, 32), *_halving(32, 64)), head)


def emotionnet(classes: int, channels: int) -> ConvNet:
    """Convolutions of 32, 64 and 128 filters with padding; 4608-512-classes.

    Small enough for any CPU: 2,456,071 parameters for grey pictures and seven classes.
    """
    features = nn.Sequential(
        *_halving(channels, 32, padding=1),
        *_halving(32, 64, padding=1),
        *_halving(64, 128, padding=1),
    )
    head = nn.Sequential(nn.Flatten(), *dense(128 * 6 * 6, 512, classes, dropout={1: 0.5}))
    return ConvNet(features, head)


def fcn4(classes: int, channels: int) -> ConvNet:
    """Convolutions of 32, 64, 128 and 128 filters and no dense layer: two more convolutions shrink 4x4 to one value.

    241,950 parameters for grey pictures and seven classes.
    """
    features = nn.Sequential(
        nn.Conv2d(channels, 32, 3),
        nn.ReLU(inplace=True),
        *_halving(32, 64),
        *_halving(64, 128),
        *_halving(128, 128),
        nn.Dropout(0.25),
    )
    head = nn.Sequential(
        # Seven channels whatever the classes: so only the last layer knows them, and fine-tuning can exchange it.
        nn.Conv2d(128, 7, 1),
        nn.ReLU(inplace=True),
        nn.Conv2d(7, classes, 4),
        # The published network clips its logits too. That costs a rare class its learning once its output is 0 for
        # every face, but it is the network that its source describes.
        nn.ReLU(inplace=True),
        nn.Flatten(),
    )
    return ConvNet(features, head)


def lasagne96(classes: int, channels: int) -> ConvNet:
    """Two convolutions of 32 filters (5x5) on pictures of 96x96; 14112-256-classes.

    3,641,191 parameters for grey pictures and seven classes.
    """
    head = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), *dense(32 * 21 * 21, 256, classes, dropout={1: 0.5}))
    return ConvNet(nn.Sequential(*_halving(channels, 32, 5), *_halving(32, 32, 5)), head)


def _halving(inputs: int, filters: int, side: int = 3, *, padding: int = 0) -> tuple[nn.Module, nn.Module, nn.Module]:
    # Pooling before ReLU gives the same values as after it (both keep the order of values) at a quarter of the ReLU's
    # work.
    return nn.Conv2d(inputs, filters, side, padding=padding), nn.MaxPool2d(2), nn.ReLU(inplace=True)
