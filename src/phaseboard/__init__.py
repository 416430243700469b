"""Phaseboard: drives mobile releases through their phases and shows everyone, live, where each one is."""
