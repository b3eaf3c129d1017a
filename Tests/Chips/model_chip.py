"""The chips of this folder, played in Python; README.md has the form of their files.

TestSupport's ModelChip.swift does the same for the unit tests; the two must stay alike.
"""

import glob
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_TOLERANCE = 0.001


class NoAcknowledge(Exception):
    """The chip does not acknowledge its address or a byte."""


class Rule:
    def __init__(self, script):
        text = script.get("write", "").replace(" ", "").lower()
        self.is_prefix = text.endswith("*")
        self.pattern = text.rstrip("*")
        self.answer = bytes.fromhex(script["answer"]) if "answer" in script else None
        self.sets = {bytes.fromhex(k): bytes.fromhex(v) for k, v in script.get("sets", {}).items()}

    def matches(self, data):
        digits = data.hex()
        if len(digits) < len(self.pattern) or not (
                self.is_prefix or len(digits) == len(self.pattern)):
            return False
        return all(p in (".", d) for p, d in zip(self.pattern, digits))


class Model:
    """One file: a driver, what it shall read, and the chips at its addresses."""

    def __init__(self, script):
        self.driver = script["driver"]
        self.settings = script.get("settings", {})
        self.expected = script["expect"]
        self.tolerance = script.get("tolerance", DEFAULT_TOLERANCE)
        chips = [ModelChip(part) for part in [script] + script.get("also", [])]
        self.address = chips[0].address
        self.chips = {chip.address: chip for chip in chips}


class ModelChip:
    """What answers at one address: write() and read() are the messages of a transfer."""

    def __init__(self, script):
        self.script = script
        self.address = int(script["address"], 0)
        self.kind = script["model"]
        if self.kind not in ("registers", "words", "commands"):
            raise ValueError(f"no model is called {self.kind}")
        self.mask = int(script.get("mask", "0xFF"), 0)
        self.fixed = {int(register, 16) for register in script.get("fixed", [])}
        self.rules = [Rule(rule) for rule in script.get("rules", [])]
        self.power_up()

    def power_up(self):
        self.memory = {}  # register -> its byte, or its word
        self.answers = {}  # command -> what reads after it give
        self.answer = None
        # Chips with registers answer to any read.
        self.pointer = None if self.kind == "commands" else 0
        self.is_asleep = self.script.get("sleeps", False)
        for key, value in self.script.get("memory", {}).items():
            self.store(bytes.fromhex(key), bytes.fromhex(value))

    def store(self, key, data):
        if self.kind == "commands":
            self.answers[key] = data
        elif self.kind == "words":
            self.memory[key[0]] = data
        else:
            for place, byte in enumerate(data):
                self.memory[(key[0] + place) & 0xFF] = bytes([byte])

    def wake(self):
        if self.is_asleep:
            self.is_asleep = False
            raise NoAcknowledge

    def write(self, data):
        self.wake()
        if not data:
            return
        if self.kind != "commands":
            self.pointer = data[0] & self.mask
            self.write_registers(data[1:])
        rule = next((rule for rule in self.rules if rule.matches(data)), None)
        for key, value in rule.sets.items() if rule else ():
            self.store(key, value)
        self.answer = self.answers.get(data, rule.answer if rule else None)

    def write_registers(self, data):
        if self.kind == "words":
            if data and self.pointer not in self.fixed:
                self.memory[self.pointer] = data
            return
        for place, byte in enumerate(data):
            register = (self.pointer + place) & 0xFF
            if register not in self.fixed:
                self.memory[register] = bytes([byte])

    def read(self, count):
        self.wake()
        if count == 0:
            return b""
        if self.answer is not None:
            return (self.answer + b"\xFF" * count)[:count]
        if self.kind == "commands":
            if b"" not in self.answers:
                raise NoAcknowledge
            return (self.answers[b""] + b"\xFF" * count)[:count]
        if self.kind == "words":
            word = self.memory.get(self.pointer, b"\0\0")
            return bytes(word[i % len(word)] for i in range(count))
        return b"".join(self.memory.get((self.pointer + i) & 0xFF, b"\0") for i in range(count))


def load(folder=HERE):
    """All models of a folder, in the order of their drivers' names."""
    models = []
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path) as file:
            models.append(Model(json.load(file)))
    return models


def spread(models):
    """(channel, address) -> model, such that no two on one channel share an address."""
    taken, places = set(), {}
    for model in models:
        channel = 0
        while any((channel, address) in taken for address in model.chips):
            channel += 1
        taken |= {(channel, address) for address in model.chips}
        places[channel, model.address] = model
    return places
