"""Sparse coding of activations over a dictionary of unit-norm atoms."""

from itda_core.pursuit.code import SparseCode, decode, truncate
from itda_core.pursuit.encode import encode
from itda_core.pursuit.kernels import KERNELS
from itda_core.pursuit.methods import DEFAULT_METHOD, METHODS

__all__ = ["DEFAULT_METHOD", "KERNELS", "METHODS", "SparseCode", "decode", "encode", "truncate"]
