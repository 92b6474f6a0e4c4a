"""``python -m sktime_lagllama.pretraining.synthetic --plot page.png``."""

from sktime_lagllama.pretraining.synthetic.plot import main

if __name__ == "__main__":
    main()
