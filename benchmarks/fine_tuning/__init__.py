"""Fine-tuning against zero-shot, and its speed against sktime's own Lag-Llama adapter."""
