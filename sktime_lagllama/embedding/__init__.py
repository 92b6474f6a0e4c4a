"""Hidden states of the network at every time of whole series, and what is pooled of them.

``token_windows`` cuts long series into windows of tokens, ``hidden_states`` runs them through the
network, and ``pooling`` and ``frames`` make rows of a table, or series, of what comes out.
"""
