"""Sparse coding of activations over a dictionary of unit-norm atoms."""

from itda_core.pursuit.code import SparseCode, decode, truncate
from itda_core.pursuit.encode import KERNELS, METHODS, encode

__all__ = ["KERNELS", "METHODS", "SparseCode", "decode", "encode", "truncate"]
