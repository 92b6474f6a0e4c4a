"""FineTuning: the settings of fine-tuning, as an sktime object that can be tuned itself."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, get_args

import numpy as np
from skbase.base import BaseObject

from sktime_lagllama._parameter_checks import check_choice, check_flag, check_number
from sktime_lagllama.training.learning_rate import Schedule

Trainable = Literal["all", "last_layers", "head"]
AugmentationName = Literal["frequency_mask", "frequency_mix", "both"]


class FineTuning(BaseObject):
    """Train the weights on the user's own series, in ``fit`` or in ``pretrain``.

    The loss is that of the paper: the negative log-likelihood of every observed value in windows
    that are sampled uniformly from all pairs of a series and a cutoff (Rasul et al., arXiv
    2310.08278, section 4.3). The last part of each series is held out, and training never sees it.
    Training keeps the weights that predicted the held-out values best. Training stops
    after ten steps if the held-out loss has not fallen, and after twenty or more if it is not lower
    with a confidence of 75 %. Else weights a quarter, half, three quarters and
    all of the way from those before to these (Wortsman et al., arXiv 2109.01903) are tried in whole
    forecasts of the held-out values. Of those that are better with a confidence of 95 %, the best
    are kept. If there are none, the weights before training are kept, with a warning. One short
    series is rarely enough; a panel or a long series is.

    The paper fine-tunes all weights, and stops early once 50 epochs of 100 batches bring no
    improvement. Its authors advise to try learning rates from 1e-4 to 1e-2 and contexts from 32 to
    1024. The defaults here are for one series or a small panel on a CPU.

    Parameters
    ----------
    learning_rate : float, default=2e-4
        Peak learning rate of AdamW.
    max_steps : int or None, default=200
        Largest number of optimisation steps. None: only ``max_epochs`` limits them.
    max_epochs : float, optional
        Largest number of epochs. In an epoch, as many windows are seen as there are pairs of a
        series and a cutoff. With both limits, the smaller one counts.
    batch_size : int, default=32
        Windows per step.
    weight_decay : float, default=0.01
        Weight decay of AdamW, for matrices only.
    trainable : {"all", "last_layers", "head"}, default="all"
        What is trained: all weights; the last two transformer layers, the last normalisation and
        the head; or the last normalisation and the head.
    validation_fraction : float, default=0.2
        Share of each series, at its end, that is held out: at least one value of every series that
        has three. 0: train on all values, without early stopping. The held-out values of a
        single series must span more than one horizon, or nothing can be proved by them and its
        weights stay as they are.
    patience : int or None, default=10
        Training stops after this many validations without an improvement, and at the first one at
        which nothing is likely gained; there is one every ten steps. None: no early stopping.
    context_length : int, optional
        Tokens of context in a window. None: that of the forecaster.
    horizon : int, optional
        Steps after the cutoff of a window. None: the longest step of the horizon given to ``fit``
        or ``pretrain``, or 24 without one.
    augmentation : {"frequency_mask", "frequency_mix", "both"}, optional
        Changes every other batch, as in the paper on FrAug (Chen et al., arXiv 2302.09292):
        "frequency_mask" removes a random half of a window's frequencies, "frequency_mix" takes a
        random quarter of them from another window of the batch, "both" does one or the other. None:
        no augmentation.
    gradient_clip : float or None, default=1.0
        Largest norm of the gradient. None: no limit.
    schedule : {"cosine", "linear", "constant"}, default="cosine"
        Course of the learning rate after the warm-up; "cosine" and "linear" fall to zero.
    warm_up : float, default=0.1
        Share of the steps over which the learning rate rises to its peak.
    random_state : int, RandomState or None, default=None
        Seed of the windows. None: follows the forecaster's ``random_state``.
    verbose : bool, default=True
        Whether a terminal shows a progress bar if training takes more than two seconds.

    Examples
    --------
    >>> from sktime.datasets import load_airline
    >>> from sktime_lagllama import FineTuning, LagLlamaForecaster
    >>> fine_tuning = FineTuning(max_steps=2, batch_size=4)
    >>> forecaster = LagLlamaForecaster(fine_tuning=fine_tuning, random_state=0)
    >>> forecaster.fit(load_airline()).predict(fh=[1, 2, 3]).shape
    (3,)
    """

    _tags: ClassVar[dict[str, Any]] = {
        "object_type": "lag_llama_fine_tuning",
        "authors": ["sktime-lagllama developers"],
        "maintainers": ["sktime-lagllama developers"],
    }

    def __init__(
        self,
        learning_rate: float = 2e-4,
        max_steps: int | None = 200,
        max_epochs: float | None = None,
        batch_size: int = 32,
        weight_decay: float = 0.01,
        trainable: Trainable = "all",
        validation_fraction: float = 0.2,
        patience: int | None = 10,
        context_length: int | None = None,
        horizon: int | None = None,
        augmentation: AugmentationName | None = None,
        gradient_clip: float | None = 1.0,
        schedule: Schedule = "cosine",
        warm_up: float = 0.1,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = True,
    ) -> None:
        self.learning_rate = learning_rate
        self.max_steps = max_steps
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.trainable = trainable
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.context_length = context_length
        self.horizon = horizon
        self.augmentation = augmentation
        self.gradient_clip = gradient_clip
        self.schedule = schedule
        self.warm_up = warm_up
        self.random_state = random_state
        self.verbose = verbose
        super().__init__()

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        TypeError, ValueError
            If a parameter has the wrong type or value. The message names the parameter, what was
            found and what is allowed.
        """
        check_choice("trainable", self.trainable, get_args(Trainable))
        check_choice("schedule", self.schedule, get_args(Schedule))
        check_choice("augmentation", self.augmentation, (None, *get_args(AugmentationName)))
        check_number("learning_rate", self.learning_rate, above=0)
        check_number("weight_decay", self.weight_decay, at_least=0)
        check_number("validation_fraction", self.validation_fraction, at_least=0, below=1)
        check_number("warm_up", self.warm_up, at_least=0, below=1)
        check_number("batch_size", self.batch_size, integer=True, at_least=1)
        for name in ("max_steps", "patience", "context_length", "horizon"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), integer=True, at_least=1)
        for name in ("max_epochs", "gradient_clip"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), above=0)
        check_flag("verbose", self.verbose)
        if self.max_steps is None and self.max_epochs is None:
            raise ValueError("max_steps and max_epochs must not both be None")

    def with_python_numbers(self) -> FineTuning:
        """Return the same settings without NumPy's numbers, whose arithmetic can overflow.

        Returns
        -------
        FineTuning
        """
        parameters = self.get_params(deep=False)
        return FineTuning(
            **{
                name: value.item() if isinstance(value, np.generic) else value
                for name, value in parameters.items()
            }
        )
