"""Socio: how a municipality shares its socio-economic school money."""

__version__ = "0.1.0"
