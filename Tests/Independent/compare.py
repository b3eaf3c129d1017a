#!/usr/bin/python3
"""Lets drivers by other people read the chips of Tests/Chips, and compares with `expect`.

    compare.py [DRIVER...]      those of these drivers of ours; without a name, all

No kernel and no board are needed: the bus is a Python object. A driver that is not installed is
skipped, and the table says so. Exits with 1 when an opinion differs, and with 77 when not one
could be had.
"""

import os
import signal
import sys
import time
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../Chips"))

from model_chip import NoAcknowledge, load  # noqa: E402: found by the line above
from drivers import OTHERS  # noqa: E402

# Waits make no difference to a model; this much keeps a loop that waits for a time from spinning.
SLEEP_MAX_S = 0.002
# A driver that waits for a bit which the model never sets is ended after so long.
LIMIT_S = 10


class Bus:
    """CircuitPython's busio.I2C, as far as drivers use it, with the chips of one model."""

    def __init__(self, model):
        self.chips = model.chips

    def message(self, address, data=None, count=None):
        try:
            chip = self.chips[address]
            return chip.write(data) if count is None else chip.read(count)
        except (KeyError, NoAcknowledge):
            raise OSError(121, "no acknowledge") from None

    def try_lock(self):
        return True

    def unlock(self):
        pass

    def writeto(self, address, buffer, *, start=0, end=None, stop=True):
        self.message(address, bytes(buffer[start:end]))

    def readfrom_into(self, address, buffer, *, start=0, end=None):
        count = len(buffer[start:end])
        buffer[start:start + count] = self.message(address, count=count)

    def writeto_then_readfrom(self, address, out, into, *, out_start=0, out_end=None,
                              in_start=0, in_end=None, stop=False):
        self.writeto(address, out, start=out_start, end=out_end)
        self.readfrom_into(address, into, start=in_start, end=in_end)


def stand_in(name, **members):
    """A module of CircuitPython that a computer does not have."""
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module


def make_stand_ins():
    stand_in("micropython", const=lambda value: value)
    stand_in("busio", I2C=None, SPI=None)
    stand_in("digitalio", DigitalInOut=None, Direction=None)
    sleep = time.sleep
    time.sleep = lambda seconds: sleep(min(seconds, SLEEP_MAX_S))


def differences(found, model, other):
    """(quantity, expected, found) where they differ; with a quantity that is only there, too."""
    for quantity, value in found.items():
        expected = model.expected.get(quantity)
        tolerance = max(model.tolerance, other.tolerance.get(quantity, 0))
        if expected is None or value is None or not abs(value - expected) <= tolerance:
            yield quantity, expected, value


def give_up(*_):
    raise TimeoutError(f"still waiting after {LIMIT_S} s")


def opinion(model):
    """(verdict, what to say)"""
    other = OTHERS.get(model.driver)
    if other is None:
        return "none", "no other driver is known here"
    signal.alarm(LIMIT_S)
    try:
        found = other.read(Bus(model), model)
    except ImportError as error:
        return "skip", f"{other.package} is not installed ({error})"
    except Exception as error:  # Whatever somebody else's code may throw.
        return "FAIL", f"{other.package}: {type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
    wrong = list(differences(found, model, other))
    if wrong or not found:
        return "FAIL", f"{other.package}: " + ", ".join(
            f"{quantity} {value} instead of {expected}" for quantity, expected, value in wrong)
    said = ", ".join(f"{q} {v:.6g} ({model.expected[q]:.6g})" for q, v in found.items())
    return "ok", said + (f"; {other.why}" if other.why else "")


def main(chosen):
    make_stand_ins()
    signal.signal(signal.SIGALRM, give_up)
    counts = dict.fromkeys(("ok", "FAIL", "skip", "none"), 0)
    for model in load():
        if chosen and model.driver not in chosen:
            continue
        verdict, said = opinion(model)
        counts[verdict] += 1
        print(f"{verdict:4} {model.driver:9} {said}", flush=True)
    print("independent drivers: {ok} agree, {FAIL} differ, {skip} not installed, "
          "{none} unknown".format(**counts))
    if counts["FAIL"]:
        return 1
    return 0 if counts["ok"] else 77


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
