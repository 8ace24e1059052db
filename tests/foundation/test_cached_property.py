from threading import Barrier, Thread

from intake.cached_property import cached_property


class Slow:
    barrier = Barrier(2)
    asked = 0

    @cached_property
    def value(self) -> int:
        """Return once somebody else is asking, too."""
        self.asked += 1
        self.barrier.wait(timeout=30)
        return self.asked


def test_two_objects_are_worked_out_at_the_same_time_and_each_once():
    both = [Slow(), Slow()]
    threads = [Thread(target=lambda each=each: each.value) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [each.value for each in both] == [1, 1]
    assert not Slow.barrier.broken
