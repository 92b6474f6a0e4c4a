"""FineTuning: how a forecaster adapts its weights, an object with searchable parameters."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from skbase.base import BaseObject

from sktime_lagllama._parameter_checks import check_choice, check_flag, check_number

TRAINABLE = ("all", "last_layers", "head")
SCHEDULES = ("cosine", "linear", "constant")
AUGMENTATIONS = (None, "frequency_mask", "frequency_mix", "both")


class FineTuning(BaseObject):
    """Train the weights on the user's own series, in ``fit`` or in ``pretrain``.

    The loss is the paper's: the negative log-likelihood at every observed position of windows that
    are sampled uniformly over all pairs of a series and a cutoff (Rasul et al., arXiv
    2310.08278, section 4.3). The last part of each series, in time, is held out: training never
    sees it, and the weights that come out are those that predicted it best. They must also forecast
    it clearly better, many steps ahead, than the weights that training started from, by more than
    twice the standard error: else those are kept, with a warning. A single short series rarely
    proves that much, a panel or a long series does.

    The paper fine-tunes all weights, with early stopping once 50 epochs of 100 batches bring no
    improvement; its authors advise to try learning rates from 1e-4 to 1e-2 and contexts from 32 to
    1024. The defaults here are for one series or a small panel on a CPU.

    Parameters
    ----------
    learning_rate : float, default=5e-4
        Peak of the schedule of AdamW.
    max_steps : int or None, default=200
        Largest number of optimisation steps. None: as ``max_epochs`` says.
    max_epochs : float, optional
        Largest number of times that as many windows are seen as there are pairs of a series and an
        cutoff. With both limits, the smaller one counts.
    batch_size : int, default=32
        Windows per step.
    weight_decay : float, default=0.01
    trainable : {"all", "last_layers", "head"}, default="all"
        What is trained: all weights; the last two blocks, the last normalisation and the head; or
        the last normalisation and the head.
    validation_fraction : float, default=0.2
        Share of each series, at its end, that is held out, at least one value of every series that
        has three. 0: train on all, without early stopping.
    patience : int or None, default=10
        Training stops after so many validations, one every ten steps, without an improvement. None:
        never early.
    context_length : int, optional
        Tokens of context in a window. None: the forecaster's.
    horizon : int, optional
        Steps after the cutoff of a window. None: the longest step of the horizon given to ``fit``
        or ``pretrain``, or 24.
    augmentation : {"frequency_mask", "frequency_mix", "both"}, optional
        Applied to every other batch, as in the paper (Chen et al., FrAug, arXiv 2302.09292):
        "frequency_mask" removes a random half of a window's frequencies, "frequency_mix" takes a
        random quarter of them from another window of the batch.
    gradient_clip : float or None, default=1.0
        Largest norm of the gradient.
    schedule : {"cosine", "linear", "constant"}, default="cosine"
        Course of the rate after the warm-up; the first two end at zero.
    warm_up : float, default=0.1
        Share of the steps over which the rate rises to its peak.
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
        learning_rate: float = 5e-4,
        max_steps: int | None = 200,
        max_epochs: float | None = None,
        batch_size: int = 32,
        weight_decay: float = 0.01,
        trainable: Literal["all", "last_layers", "head"] = "all",
        validation_fraction: float = 0.2,
        patience: int | None = 10,
        context_length: int | None = None,
        horizon: int | None = None,
        augmentation: Literal["frequency_mask", "frequency_mix", "both"] | None = None,
        gradient_clip: float | None = 1.0,
        schedule: Literal["cosine", "linear", "constant"] = "cosine",
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
        ValueError, TypeError
            Naming the parameter, what was found, and what is allowed.
        """
        check_choice("trainable", self.trainable, TRAINABLE)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("augmentation", self.augmentation, AUGMENTATIONS)
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
