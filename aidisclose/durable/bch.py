"""The error correction of TrustMark: binary BCH codes of length 127, shortened to what is needed.

Codewords are whole numbers, the first bit the most significant: data, then parity.
"""

from __future__ import annotations

from functools import cache, reduce
from typing import Final

_DEGREE: Final = 7
#: x⁷ + x³ + 1, which generates the field.
_POLYNOMIAL: Final = 0b10001001
_LENGTH: Final = (1 << _DEGREE) - 1


def _tables() -> tuple[list[int], list[int]]:
    """Powers of the generator, and the exponent of every element but zero."""
    powers, exponents = [0] * _LENGTH, [0] * (_LENGTH + 1)
    element = 1
    for exponent in range(_LENGTH):
        powers[exponent] = element
        exponents[element] = exponent
        # Times x; what overflows is reduced by the polynomial.
        element <<= 1
        if element > _LENGTH:
            element ^= _POLYNOMIAL
    return powers, exponents


_POWERS, _EXPONENTS = _tables()


def _multiply(one: int, other: int) -> int:
    if not one or not other:
        return 0
    return _POWERS[(_EXPONENTS[one] + _EXPONENTS[other]) % _LENGTH]


def _divide(one: int, other: int) -> int:
    if not one:
        return 0
    return _POWERS[(_EXPONENTS[one] - _EXPONENTS[other]) % _LENGTH]


class BchCode:
    """A code that corrects so many errors.

    Arguments:
        errors: The number of errors, from 1 to 8.
        data: Bits of the data.
    """

    def __init__(self, errors: int, data: int) -> None:
        self.errors = errors
        self.data = data
        self._generator = _generator(errors)
        self.parity = self._generator.bit_length() - 1

    @property
    def size(self) -> int:
        """Bits of a codeword."""
        return self.data + self.parity

    def encode(self, data: int) -> int:
        """The codeword of these data."""
        left = data << self.parity
        while (surplus := left.bit_length() - self.parity) > 0:
            left ^= self._generator << (surplus - 1)
        return data << self.parity | left

    def decode(self, word: int) -> int | None:
        """The data of a codeword with at most `errors` wrong bits; None if it has more.

        A word with far more may come near another codeword, and is then taken for it.
        """
        places = [place for place in range(self.size) if word >> place & 1]
        syndromes = [
            reduce(int.__xor__, (_POWERS[power * place % _LENGTH] for place in places), 0)
            for power in range(1, 2 * self.errors + 1)
        ]
        if not any(syndromes):
            return word >> self.parity
        # A root at the inverse of a power tells of an error at that place. Places beyond the
        # shortened word have no bits: a root there means that there are more errors than can be
        # corrected.
        locator = _locator(syndromes)
        wrong = [place for place in range(self.size) if not _evaluate(locator, -place)]
        if len(locator) - 1 > self.errors or len(wrong) != len(locator) - 1:
            return None
        for place in wrong:
            word ^= 1 << place
        return word >> self.parity


@cache
def _generator(errors: int) -> int:
    """The polynomial whose roots are the first powers of the generator, and their conjugates."""
    roots = {
        # Doubling an exponent gives a conjugate, so that even powers come with the odd ones.
        (power << turn) % _LENGTH
        for power in range(1, 2 * errors, 2)
        for turn in range(_DEGREE)
    }
    coefficients = [1]
    for root in roots:
        shifted = [0, *coefficients]
        scaled = [_multiply(each, _POWERS[root]) for each in coefficients] + [0]
        coefficients = [one ^ other for one, other in zip(shifted, scaled, strict=True)]
    return sum(1 << place for place, each in enumerate(coefficients) if each)


def _locator(syndromes: list[int]) -> list[int]:
    """Coefficients of the polynomial whose roots say where the errors are (Berlekamp, Massey)."""
    current, former = [1], [1]
    degree, steps, last = 0, 1, 1
    for number, syndrome in enumerate(syndromes):
        terms = zip(current[1 : degree + 1], reversed(syndromes[:number]), strict=False)
        gap = reduce(int.__xor__, (_multiply(*pair) for pair in terms), syndrome)
        if not gap:
            steps += 1
            continue
        factor = _divide(gap, last)
        change = [0] * steps + [_multiply(factor, each) for each in former]
        width = max(len(current), len(change))
        grown = [
            one ^ other
            for one, other in zip(
                current + [0] * (width - len(current)),
                change + [0] * (width - len(change)),
                strict=True,
            )
        ]
        if 2 * degree <= number:
            former, last, steps = current, gap, 1
            degree = number + 1 - degree
        else:
            steps += 1
        current = grown
    return current[: degree + 1] + [0] * (degree + 1 - len(current))


def _evaluate(coefficients: list[int], exponent: int) -> int:
    terms = (
        _multiply(each, _POWERS[exponent * place % _LENGTH])
        for place, each in enumerate(coefficients)
    )
    return reduce(int.__xor__, terms, 0)
