"""Phaseboard: drives mobile releases through their phases and shows everyone, live, where each one is."""

from importlib.metadata import version

__version__ = version("phaseboard")
