"""Kinds of running text: stories, lives, talk, letters, rhymes and reports."""
