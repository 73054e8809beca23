"""Convolutional networks, plain ones and ones with batch norm (Ioffe and Szegedy 2015, arXiv:1502.03167).

Numbers of parameters are those for grey images and seven classes. The sources of the networks with batch norm give no
dropout probabilities; ours are 0.25 after pooling and 0.5 between dense layers.
"""

from __future__ import annotations

from torch import nn

from fervid.networks.base import ConvNet
from fervid.networks.dense import dense


def simple_conv(classes: int, channels: int) -> ConvNet:
    """Build ``simple-conv``: convolutions of 32 and 64 filters; 6400-classes. It has 63,623 parameters."""
    head = nn.Sequential(nn.Flatten(), nn.Linear(64 * 10 * 10, classes))
    return ConvNet(nn.Sequential(*_halving(channels, 32), *_halving(32, 64)), head)


def eda_cnn(classes: int, channels: int) -> ConvNet:
    """Build ``eda-cnn``: convolutions of 32 and 64 filters; 6400-64-classes. It has 428,935 parameters.

    It returns logits, as every network here does; the softmax at its end is left to the engine.
    """
    head = nn.Sequential(nn.Flatten(), *dense(64 * 10 * 10, 64, classes))
    return ConvNet(nn.Sequential(*_halving(channels, 32), *_halving(32, 64)), head)


def emotionnet(classes: int, channels: int) -> ConvNet:
    """Build ``emotionnet``: convolutions of 32, 64 and 128 filters with padding; 4608-512-classes.

    It has 2,456,071 parameters and is small enough for any CPU.
    """
    features = nn.Sequential(
        *_halving(channels, 32, padding=1),
        *_halving(32, 64, padding=1),
        *_halving(64, 128, padding=1),
    )
    head = nn.Sequential(nn.Flatten(), *dense(128 * 6 * 6, 512, classes, dropout={1: 0.5}))
    return ConvNet(features, head)


def fcn4(classes: int, channels: int) -> ConvNet:
    """Build ``fcn4``: convolutions of 32, 64, 128 and 128 filters, and no dense layer. It has 241,950 parameters.

    Two more convolutions take the place of dense layers and reduce 4x4 positions to one.
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
        # Seven channels for any number of classes: only the last layer depends on it, so fine-tuning can replace it.
        nn.Conv2d(128, 7, 1),
        nn.ReLU(inplace=True),
        nn.Conv2d(7, classes, 4),
        # The published network clips its logits too, so this one does. A rare class stops learning once its logit is 0
        # for every face.
        nn.ReLU(inplace=True),
        nn.Flatten(),
    )
    return ConvNet(features, head)


def lasagne96(classes: int, channels: int) -> ConvNet:
    """Build ``lasagne96``: two 5x5 convolutions of 32 filters on images of 96x96; 14112-256-classes.

    It has 3,641,191 parameters.
    """
    head = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), *dense(32 * 21 * 21, 256, classes, dropout={1: 0.5}))
    return ConvNet(nn.Sequential(*_halving(channels, 32, 5), *_halving(32, 32, 5)), head)


def cnn6(classes: int, channels: int) -> ConvNet:
    """Build ``cnn6``: six convolutions, each followed by ReLU and batch norm, with pooling and dropout after each pair.

    The source gives no widths. Ours are 32, 32, 64, 64, 128 and 128 filters; 4608-256-classes. They make 1,469,031
    parameters.
    """
    layers: list[nn.Module] = []
    for inputs, filters in ((channels, 32), (32, 64), (64, 128)):
        for before in (inputs, filters):
            layers += [*_convolution(before, filters), nn.BatchNorm2d(filters)]
        layers += [nn.MaxPool2d(2), nn.Dropout(0.25)]
    head = dense(128 * 6 * 6, 256, classes, dropout={1: 0.5})
    return ConvNet(nn.Sequential(*layers), nn.Sequential(nn.Flatten(), *head))


def shallow_bn(classes: int, channels: int) -> ConvNet:
    """Build ``shallow-bn``: one stage of 32 and 64 filters; 36864-classes. It has 276,999 parameters."""
    head = nn.Sequential(nn.Flatten(), nn.Linear(64 * 24 * 24, classes))
    return ConvNet(nn.Sequential(*_stage(channels, 32, 64)), head)


def deep_bn(classes: int, channels: int) -> ConvNet:
    """Build ``deep-bn``: seven convolutions and six dense layers on images of 96x96. It has 4,298,951 parameters.

    The stages have 32 and 64, 128 and 256, and 512 and 256 filters, and one more convolution has 128; then
    18432-64-128-256-128-classes.
    """
    features = nn.Sequential(
        *_stage(channels, 32, 64),
        *_stage(64, 128, 256),
        *_stage(256, 512, 256),
        *_convolution(256, 128),
    )
    head = dense(128 * 12 * 12, 64, 128, 256, 128, classes, dropout={3: 0.5, 4: 0.5})
    return ConvNet(features, nn.Sequential(nn.Flatten(), *head))


def _halving(inputs: int, filters: int, side: int = 3, *, padding: int = 0) -> tuple[nn.Module, nn.Module, nn.Module]:
    # ReLU keeps the order of values, so pooling first gives the same result and leaves ReLU a quarter of the work.
    return nn.Conv2d(inputs, filters, side, padding=padding), nn.MaxPool2d(2), nn.ReLU(inplace=True)


def _stage(inputs: int, first: int, second: int) -> list[nn.Module]:
    return [
        *_convolution(inputs, first),
        *_convolution(first, second),
        nn.BatchNorm2d(second),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
    ]


def _convolution(inputs: int, filters: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, filters, 3, padding=1), nn.ReLU(inplace=True)
