"""A property that is worked out once for each object.

`functools.cached_property` of Python 3.11 holds one lock for all objects of a class meanwhile. A thread that asks the
database in there while another holds the database and waits for that lock stops both, until one of them gives up.
"""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

Value = TypeVar("Value")


class cached_property(Generic[Value]):
    """Decorate a method of no arguments; two threads that ask one object at once may both work it out."""

    def __init__(self, method: Callable[[Any], Value]) -> None:
        self.method = method
        self.__doc__ = method.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...

    def __get__(self, instance: object | None, owner: type) -> "Self | Value":
        if instance is None:
            return self
        # From now on the object's own attribute hides this one.
        value = instance.__dict__[self.name] = self.method(instance)
        return value
