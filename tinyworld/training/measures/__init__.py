"""What a trained model has learned, measured on held-out documents."""
