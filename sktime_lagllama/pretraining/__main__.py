"""``python -m sktime_lagllama.pretraining --minutes 60 --state FOLDER --output FOLDER``."""

from sktime_lagllama.pretraining.command_line import main

if __name__ == "__main__":
    main()
