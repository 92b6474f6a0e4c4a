"""Where weights come from, how their files are read, and the device that they go to.

``locate`` turns a name into a local file: names, suffixes, the hub. ``read`` has
``read_safetensors`` or ``read_published`` read its contents. The latter gets the records of a
``.ckpt`` from ``archive``, and what its pickle describes from ``unpickle``, which runs no code.
``tensor_checks`` checks the shapes of the tensors and that their values are finite; the limits of a
configuration are in ``network.config``, and what is written into a ``.safetensors`` file in
``network.weights_file``. ``weights`` builds the network, one a process for each file, device and
precision (``network_cache``). ``device`` chooses device and precision.
"""
