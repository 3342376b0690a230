"""Kinds with a layout: recipes and lists, tables and steps, code."""
