"""The pickle of a ``.ckpt`` file -> its contents. Nothing that it names is imported or called.

A pickle is a program for a small stack machine. Its instructions make numbers, texts and
containers, name functions and classes of any module, and call them. Here is such a machine for the
instructions that ``torch.save`` writes. It has no import and no call: a name stays a name, and what
a call would have made is the name of what was called. Three calls are understood: the one that
makes an ``OrderedDict``, and torch's two that rebuild tensors. They become dictionaries and
descriptions of tensors.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

_FLOATING_POINT = {
    "torch.FloatStorage": torch.float32,
    "torch.DoubleStorage": torch.float64,
    "torch.HalfStorage": torch.float16,
    "torch.BFloat16Storage": torch.bfloat16,
}
_LARGEST_INTEGER_KEY = 2**31


class Named:
    """Stands for what a pickle names, or for an object that was made by calling it.

    Parameters
    ----------
    name : str
        Module and name, as in "builtins.eval".
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name[:100]}>"


class Storage(NamedTuple):
    """Where in the archive the numbers of tensors lie.

    Attributes
    ----------
    dtype : torch.dtype or None
        None: no floating point numbers.
    key : str
        Of the archive's record.
    size : int
        How many numbers.
    """

    dtype: torch.dtype | None
    key: str
    size: int


class StoredTensor(NamedTuple):
    """A tensor that has not been read yet.

    Attributes
    ----------
    storage : Storage
    offset : int
        Of its first number in the storage.
    shape, stride : tuple of int
    """

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def unpickle(content: bytes) -> object:
    """Return what a pickle describes, with ``Named`` in place of all that is not data.

    Parameters
    ----------
    content : bytes
        Of protocol 2, which ``torch.save`` writes.

    Returns
    -------
    object
        Made of dict, list, tuple, str, int, float, bool, None, ``StoredTensor`` and ``Named``. It
        may contain itself, and may repeat an object so often that nobody could print all of it.
        The keys of dictionaries are texts and integers; other keys are left out.

    Raises
    ------
    Exception
        Nearly any kind, if the pickle is damaged or has instructions that ``torch.save`` never
        writes.
    """
    return _StackMachine().run(content)


class _StackMachine:
    """Runs the instructions of a pickle."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.instructions: dict[str, Callable[[], None]] = {
            "EMPTY_DICT": lambda: self.stack.append({}),
            "EMPTY_LIST": lambda: self.stack.append([]),
            "EMPTY_TUPLE": lambda: self.stack.append(()),
            "NONE": lambda: self.stack.append(None),
            "NEWTRUE": lambda: self.stack.append(True),
            "NEWFALSE": lambda: self.stack.append(False),
            "MARK": lambda: self.marks.append(len(self.stack)),
            "TUPLE": lambda: self.stack.append(tuple(self.since_mark())),
            "TUPLE1": lambda: self.make_tuple(1),
            "TUPLE2": lambda: self.make_tuple(2),
            "TUPLE3": lambda: self.make_tuple(3),
            "APPEND": lambda: self.extend([self.stack.pop()]),
            "APPENDS": lambda: self.extend(self.since_mark()),
            "SETITEM": lambda: self.set_items([self.stack.pop(-2), self.stack.pop()]),
            "SETITEMS": lambda: self.set_items(self.since_mark()),
            "BINPERSID": lambda: self.stack.append(_storage(self.stack.pop())),
            "REDUCE": self.call,
            "NEWOBJ": self.call,
            "BUILD": self.set_state,
        }
        self.instructions_with_argument: dict[str, Callable[[Any], None]] = {
            "BINUNICODE": self.stack.append,
            "BININT": self.stack.append,
            "BININT1": self.stack.append,
            "BININT2": self.stack.append,
            "LONG1": self.stack.append,
            "BINFLOAT": self.stack.append,
            "GLOBAL": self.push_name,
            "BINPUT": self.remember,
            "LONG_BINPUT": self.remember,
            "BINGET": self.recall,
            "LONG_BINGET": self.recall,
        }

    def run(self, content: bytes) -> object:
        """Run all instructions and return what the last one leaves on the stack."""
        for opcode, argument, _ in pickletools.genops(content):
            if opcode.name in self.instructions_with_argument:
                self.instructions_with_argument[opcode.name](argument)
            elif opcode.name in self.instructions:
                self.instructions[opcode.name]()
            elif opcode.name not in ("PROTO", "STOP"):
                raise ValueError(f"its pickle has the instruction {opcode.name}")
        return self.stack.pop()

    def since_mark(self) -> list[Any]:
        """Take from the stack what was pushed after the last mark."""
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def make_tuple(self, length: int) -> None:
        """Replace the last objects by a tuple of them."""
        self.stack[-length:] = [tuple(self.stack[-length:])]

    def extend(self, items: list[Any]) -> None:
        """Add to the list on the stack; what is no list keeps nothing."""
        if type(self.stack[-1]) is list:
            self.stack[-1].extend(items)

    def set_items(self, keys_and_values: list[Any]) -> None:
        """Add to the dictionary on the stack; what is no dictionary keeps nothing."""
        target = self.stack[-1]
        if type(target) is not dict:
            return
        for key, value in zip(keys_and_values[::2], keys_and_values[1::2], strict=True):
            # Hashing other objects could take for ever: a tuple of tuples of tuples, or integers
            # chosen so that their hashes collide.
            if type(key) is str or (type(key) is int and abs(key) < _LARGEST_INTEGER_KEY):
                target[key] = value

    def push_name(self, module_and_name: str) -> None:
        """Push a name, with what Python 2 called the module in today's words."""
        module, _, name = module_and_name.partition(" ")
        module = {"__builtin__": "builtins"}.get(module, module)
        self.stack.append(Named(f"{module}.{name}"))

    def remember(self, index: int) -> None:
        """Keep the last object for ``recall``."""
        self.memo[index] = self.stack[-1]

    def recall(self, index: int) -> None:
        """Push an object that was kept."""
        self.stack.append(self.memo[index])

    def call(self) -> None:
        """Replace a callable and its arguments by what the call stands for."""
        arguments = self.stack.pop()
        called = self.stack.pop()
        name = called.name
        if name == "collections.OrderedDict":
            self.stack.append({})
        elif name == "torch._utils._rebuild_tensor_v2":
            storage, offset, shape, stride = arguments[:4]
            self.stack.append(_stored_tensor(storage, offset, shape, stride))
        elif name == "torch._utils._rebuild_parameter":
            self.stack.append(arguments[0])
        else:
            self.stack.append(Named(name))

    def set_state(self) -> None:
        """Forget the state of an object, except which class a ``functools.partial`` is for.

        GluonTS has its objects made by ``partial(getattr(object, "__new__"), class)()``.
        """
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, Named) and target.name == "functools.partial":
            match state:
                case (_, (Named() as argument, *_), *_):
                    target.name = argument.name


def _storage(saved: tuple[Any, ...]) -> Storage:
    """Return the storage that torch describes in a pickle."""
    kind, storage_type, key, _, size = saved
    if kind != "storage" or type(key) is not str or type(size) is not int:
        raise ValueError("its pickle describes a storage wrongly")
    return Storage(_FLOATING_POINT.get(storage_type.name), key, size)


def _stored_tensor(storage: Any, offset: Any, shape: Any, stride: Any) -> StoredTensor:
    """Return the description of a tensor, whose fields have their types."""
    numbers = (offset, *shape, *stride)
    if type(storage) is not Storage or any(type(number) is not int for number in numbers):
        raise ValueError("its pickle describes a tensor wrongly")
    return StoredTensor(storage, offset, tuple(shape), tuple(stride))
