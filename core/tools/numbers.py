"""The numbers of `arithmetic.py`: exact fractions as long as that is possible, else decimals; every one bounded before it is
made, so that no expression takes long. Pure.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from fractions import Fraction

Number = Fraction | Decimal
"""Exact, or to DIGITS digits."""

BITS = 10_000
"""Of the numerator and of the denominator of an exact number: three thousand digits."""
FACTORIAL_MOST = 1_000
ROUND_MOST = 100
DIGITS = 40

_CONTEXT = Context(prec=DIGITS, Emax=10_000, Emin=-10_000, traps=[DivisionByZero, InvalidOperation, Overflow])
CONSTANTS: Mapping[str, Decimal] = {
    "pi": Decimal("3.141592653589793238462643383279502884197"),
    "e": Decimal("2.718281828459045235360287471352662497757"),
}


class BadExpression(ValueError):
    """Its text says what is wrong and what is allowed."""


def fits(value: Number) -> Number:
    if isinstance(value, Fraction) and max(value.numerator.bit_length(), value.denominator.bit_length()) > BITS:
        raise OverflowError
    return value


def bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def decimal(value: Number) -> Decimal:
    if isinstance(value, Decimal):
        return value
    return _CONTEXT.divide(_CONTEXT.create_decimal(value.numerator), _CONTEXT.create_decimal(value.denominator))


def whole(value: Number) -> int | None:
    """None: it is not, or too large to be one."""
    if isinstance(value, Decimal):
        if value.adjusted() > 1_000 or value != value.to_integral_value():
            return None
        return int(value)
    return value.numerator if value.denominator == 1 else None


def _both(
    exact: Callable[[Fraction, Fraction], Fraction | int], rough: Callable[[Decimal, Decimal], Decimal]
) -> Callable[[Number, Number], Number]:
    def work(left: Number, right: Number) -> Number:
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            if bits(left) + bits(right) > 2 * BITS:
                raise OverflowError
            return fits(Fraction(exact(left, right)))
        return rough(decimal(left), decimal(right))

    return work


def _floor_divide(left: Decimal, right: Decimal) -> Decimal:
    quotient = _CONTEXT.divide(left, right)
    if quotient.adjusted() >= DIGITS:  # not known to the last digit
        raise OverflowError
    return quotient.to_integral_value("ROUND_FLOOR")


def _modulo(left: Decimal, right: Decimal) -> Decimal:
    return _CONTEXT.subtract(left, _CONTEXT.multiply(right, _floor_divide(left, right)))


def _power(base: Number, exponent: Number) -> Number:
    times = whole(exponent)
    if times is not None and isinstance(base, Fraction):
        if max(base.numerator.bit_length(), base.denominator.bit_length()) * abs(times) > BITS + abs(times):
            raise OverflowError
        return fits(Fraction(base**times))
    if exponent == Fraction(1, 2):
        return _square_root(base)
    if base < 0 and times is None:
        raise BadExpression("a negative number has no such power")
    return _CONTEXT.power(decimal(base), decimal(exponent))


def _square_root(value: Number) -> Number:
    if value < 0:
        raise BadExpression("a negative number has no square root")
    if isinstance(value, Fraction):
        top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if (top * top, bottom * bottom) == (value.numerator, value.denominator):
            return Fraction(top, bottom)
    return _CONTEXT.sqrt(decimal(value))


def _by_float(function: Callable[[float], float]) -> Callable[[Number], Number]:
    def work(value: Number) -> Number:
        result = function(float(value))
        if not math.isfinite(result):
            raise OverflowError
        return Decimal(repr(result)) if abs(result) > 1e-15 else Decimal(0)

    return work


def _logarithm(value: Number, base: Number = Fraction(10)) -> Number:
    """To base 10 unless told: `ln` is the natural one."""
    if value <= 0 or base <= 0 or base == 1:
        raise BadExpression("a logarithm needs numbers above zero, and a base other than 1")
    if base == 10:
        return _CONTEXT.log10(decimal(value))
    return _CONTEXT.divide(_CONTEXT.ln(decimal(value)), _CONTEXT.ln(decimal(base)))


def _natural(value: Number) -> Number:
    if value <= 0:
        raise BadExpression("a logarithm needs a number above zero")
    return _CONTEXT.ln(decimal(value))


def _round(value: Number, places: Number = Fraction(0)) -> Number:
    """Half goes away from zero, as at school."""
    digits = whole(places)
    if digits is None or abs(digits) > ROUND_MOST:
        raise BadExpression(f"round to a whole number of places, at most {ROUND_MOST}")
    if isinstance(value, Decimal):
        if value.adjusted() + digits >= DIGITS:
            return value
        return Fraction(value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _CONTEXT))
    scale = Fraction(10) ** digits
    rounded = Fraction(math.floor(abs(value) * scale + Fraction(1, 2))) / scale
    return fits(-rounded if value < 0 else rounded)


def _towards(exact: Callable[[Fraction], int]) -> Callable[[Number], Number]:
    def work(value: Number) -> Number:
        if isinstance(value, Decimal) and value.adjusted() >= DIGITS:
            return value
        return Fraction(exact(Fraction(value)))

    return work


def _picked(pick: Callable[..., Number]) -> Callable[..., Number]:
    def work(*values: Number) -> Number:
        return pick(values, key=lambda value: value if isinstance(value, Fraction) else Fraction(_close(value)))

    return work


def _close(value: Decimal) -> Decimal:
    if abs(value.adjusted()) > BITS // 4:
        raise OverflowError
    return value


def _factorial(value: Number) -> Number:
    number = whole(value)
    if number is None or not 0 <= number <= FACTORIAL_MOST:
        raise BadExpression(f"factorial takes a whole number from 0 to {FACTORIAL_MOST}")
    return Fraction(math.factorial(number))


OPERATORS: Mapping[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: _both(lambda left, right: left + right, _CONTEXT.add),
    ast.Sub: _both(lambda left, right: left - right, _CONTEXT.subtract),
    ast.Mult: _both(lambda left, right: left * right, _CONTEXT.multiply),
    ast.Div: _both(lambda left, right: left / right, _CONTEXT.divide),
    ast.FloorDiv: _both(lambda left, right: left // right, _floor_divide),
    ast.Mod: _both(lambda left, right: left % right, _modulo),
    ast.Pow: _power,
}
FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., Number]]] = {
    "sqrt": (1, 1, _square_root),
    "sin": (1, 1, _by_float(math.sin)),
    "cos": (1, 1, _by_float(math.cos)),
    "tan": (1, 1, _by_float(math.tan)),
    "log": (1, 2, _logarithm),
    "ln": (1, 1, _natural),
    "exp": (1, 1, lambda value: _CONTEXT.exp(decimal(value))),
    "abs": (1, 1, abs),
    "round": (1, 2, _round),
    "floor": (1, 1, _towards(math.floor)),
    "ceil": (1, 1, _towards(math.ceil)),
    "min": (1, 100, _picked(min)),
    "max": (1, 100, _picked(max)),
    "factorial": (1, 1, _factorial),
}
"""Name -> least and most numbers it takes, and what it does."""
