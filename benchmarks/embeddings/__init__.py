"""Classification with embeddings, beside Catch22, MiniRocket and ROCKET."""
