"""The training of the bundled models: recipe, data, optimizer and the loop."""
