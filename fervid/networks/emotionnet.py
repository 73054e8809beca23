"""emotionnet: three convolutions and one hidden layer, small enough for any CPU."""

from __future__ import annotations

from torch import Tensor, nn


class EmotionNet(nn.Module):
    """Convolutions of 32, 64 and 128 filters (3x3, padding 1), each halved by max pooling; 4608-512-classes.

    With one channel and seven classes it has 2,456,071 parameters.

    Args:
        classes: How many outputs.
        channels: 1 for grey pictures, 3 for colour.
    """

    def __init__(self, classes: int = 7, channels: int = 1) -> None:
        super().__init__()
        # Pooling before ReLU gives the same values as after it (both keep the order of values) at a quarter of the
        # ReLU's work.
        self.features = nn.Sequential(
            nn.Conv2d(channels, 32, 3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
            nn.Conv2d(32, 64, 3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
            nn.Conv2d(64, 128, 3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
        )
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(128 * 6 * 6, 512),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(512, classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Score pictures.

        Args:
            images: (N, channels, 48, 48) float, normalised.

        Returns:
            (N, classes) float logits.
        """
        logits: Tensor = self.head(self.features(images))
        return logits
