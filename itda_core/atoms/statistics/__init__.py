"""What a dictionary's atoms do on held-out text: how often, where, and to what effect.

``compute.compute_statistics`` makes them; ``files`` keeps them beside the dictionary, in
``statistics/``. Shipped dictionaries and those that somebody built go the same way.
"""
