"""Receptive fields along one axis of an image, exact also behind strides, joins and transposed convolutions."""

from dataclasses import dataclass
from math import gcd, lcm


@dataclass(frozen=True, slots=True)
class Field:
    """The input pixels on which pixel p of a map can depend, border or no border.

    Behind a transposed convolution neighbours differ, and what holds of p holds again n pixels further on. So pixel p
    depends on ``first[p mod n] + step · (p div n)`` up to ``last[p mod n] + step · (p div n)``, with n = len(first).
    """

    first: tuple[int, ...] = (0,)
    last: tuple[int, ...] = (0,)
    step: int = 1

    @property
    def side(self) -> int:
        """Pixels on which a pixel depends, the most that any does."""
        return max(last - first for first, last in zip(self.first, self.last, strict=True)) + 1

    def slid(self, kernel: int, stride: int, padding: int) -> "Field":
        """Of a window over this map."""
        n = len(self.first)
        count = n // gcd(n, stride)
        starts = [p * stride - padding for p in range(count)]
        return Field(
            tuple(self._at(self.first, p) for p in starts),
            tuple(self._at(self.last, p + kernel - 1) for p in starts),
            self.step * stride * count // n,
        )

    def doubled(self) -> "Field":
        """Of a map that has two pixels for each of this one."""
        return Field(
            tuple(p for p in self.first for _ in range(2)), tuple(p for p in self.last for _ in range(2)), self.step
        )

    def joined(self, other: "Field") -> "Field":
        """Of the sum of two maps of one size, or of both side by side."""
        n = lcm(len(self.first), len(other.first))
        return Field(
            tuple(min(self._at(self.first, p), other._at(other.first, p)) for p in range(n)),
            tuple(max(self._at(self.last, p), other._at(other.last, p)) for p in range(n)),
            self.step * n // len(self.first),
        )

    def _at(self, ends: tuple[int, ...], p: int) -> int:
        return ends[p % len(ends)] + self.step * (p // len(ends))
