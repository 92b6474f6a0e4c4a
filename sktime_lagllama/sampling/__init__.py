"""Sample paths of windows: the context goes through the network once, the paths step by step."""
