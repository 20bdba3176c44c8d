"""Arithmetic as people write it: `evaluate` reads it by Python's grammar and allows numbers, operators and a few functions.
Pure.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from core.tools.numbers import BITS, CONSTANTS, FUNCTIONS, OPERATORS, BadExpression, Number, bits, decimal, fits

EXPRESSION_CHARS = 1_000
DEPTH = 60
SHOWN_DIGITS = 20
EXACT_DIGITS = 60
"""A decimal with at most so many digits behind the point is shown whole."""

ALLOWED = (
    f"allowed: numbers (1000, not 1,000), + - * / // % ** ( ), 5 %, 5 % of, pi, e, {', '.join(sorted(FUNCTIONS))}; "
    "angles in radians, log to base 10"
)

_SHOWN = Context(prec=SHOWN_DIGITS, rounding=ROUND_HALF_UP, Emax=10_000, Emin=-10_000)
_WRITTEN = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "π": "pi", "√": "sqrt", "^": "**"})
_PERCENT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*%(?:\s*(of)\b|(?=\s*(?:$|[-+*/),])))", re.IGNORECASE)
"""A per cent sign behind a number, and nothing behind it that it could divide by."""


def evaluate(expression: str) -> str:
    """The value as text; "≈" before what is not exact. Raises BadExpression."""
    if len(expression) > EXPRESSION_CHARS:
        raise BadExpression(f"more than {EXPRESSION_CHARS} characters")
    source = _python(expression)
    try:
        tree = ast.parse(source, mode="eval")
        return shown(_Reader(source).value(tree.body, DEPTH))
    except BadExpression:
        raise
    except ZeroDivisionError:
        raise BadExpression("division by zero") from None
    except OverflowError:
        raise BadExpression("the number is too large") from None
    except ArithmeticError:
        raise BadExpression("that is not defined, or too large") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadExpression(f"that is no arithmetic ({type(error).__name__})") from None


def _python(expression: str) -> str:
    text = " ".join(unicodedata.normalize("NFKC", expression).translate(_WRITTEN).split())
    text = _PERCENT.sub(lambda match: f"({match[1]} / 100)" + (" *" if match[2] else ""), text)
    if not text.isascii():
        raise BadExpression("only plain numbers, operators and function names")
    return text


# --- reading --------------------


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source

    def value(self, node: ast.expr, depth: int) -> Number:
        if depth <= 0:
            raise BadExpression("nested too deeply")
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return fits(-self.value(operand, depth - 1))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.value(operand, depth - 1)
            case ast.BinOp():
                return self._chain(node, depth)
            case ast.Name(id=name) if name.lower() in CONSTANTS:
                return CONSTANTS[name.lower()]
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name.lower() in FUNCTIONS:
                return self._call(name.lower(), [self.value(each, depth - 1) for each in args])
        raise BadExpression(ALLOWED)

    def _chain(self, node: ast.BinOp, depth: int) -> Number:
        """a + b + c leans to the left: walked, not nested, so that a long sum is not deep."""
        links: list[ast.BinOp] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp):
            links.append(first)
            first = first.left
        value = self.value(first, depth - 1)
        for link in reversed(links):
            work = OPERATORS.get(type(link.op))
            if work is None:
                raise BadExpression(ALLOWED)
            value = work(value, self.value(link.right, depth - 1))
        return value

    def _constant(self, node: ast.Constant) -> Number:
        if type(node.value) is int:
            return fits(Fraction(node.value))
        if type(node.value) is not float:
            raise BadExpression("only numbers")
        written = Decimal(self._source[node.col_offset : node.end_col_offset].replace("_", ""))
        if abs(written.adjusted()) > BITS // 4:
            raise OverflowError
        return fits(Fraction(written))

    def _call(self, name: str, values: list[Number]) -> Number:
        least, most, work = FUNCTIONS[name]
        if not least <= len(values) <= most:
            raise BadExpression(f"{name} takes {least} to {most} numbers" if most > least else f"{name} takes {least}")
        return work(*values)


# --- showing --------------------


def shown(value: Number) -> str:
    if isinstance(value, Decimal):
        return f"≈ {_plain(_SHOWN.plus(value))}"
    if value.denominator == 1:
        return str(value.numerator)
    places = _places(value.denominator)
    if places is not None:
        digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
        return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    exactly = f" (exactly {value})" if bits(value) <= 128 else ""
    return f"≈ {_plain(_SHOWN.plus(decimal(value)))}{exactly}"


def _places(denominator: int) -> int | None:
    """Digits behind the point when a decimal says it all, None when it cannot or would be long."""
    twos = fives = 0
    while denominator % 2 == 0 and twos <= EXACT_DIGITS:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0 and fives <= EXACT_DIGITS:
        denominator, fives = denominator // 5, fives + 1
    places = max(twos, fives)
    return places if denominator == 1 and places <= EXACT_DIGITS else None


def _plain(value: Decimal) -> str:
    if not value:
        return "0"
    text = f"{value:f}" if -10 < value.adjusted() < SHOWN_DIGITS else f"{value:e}"
    mantissa, mark, exponent = text.partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + mark + exponent
