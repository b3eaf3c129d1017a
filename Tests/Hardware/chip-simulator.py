#!/usr/bin/python3
"""Plays chips on the i2c-scripted adapter.

    chip-simulator.py CHIPS CONTROL

CHIPS is a file like chips.json, or a folder of models like Tests/Chips: these are spread over the
channels of a TCA9548A at 0x70, because many share an address. CONTROL is a FIFO, made here; each
line written to it is one command, echoed on standard output:

    0x76 absent            no acknowledge: transfers fail with EREMOTEIO, as on a Raspberry Pi
    0x76 silent            no answer at all: transfers time out
    0x76 present           power up again (registers as after a reset) and answer
    0x76 data 4D4B10...    what the next measurement will find, in hexadecimal
    0x76 count             print how many transfers the chip was asked for so far
    3/0x44 absent          the same for a chip on channel 3 of the TCA9548A
    all present            every chip on the TCA9548A

With TRACE=1 in the environment each transfer is printed. To add a chip, write a model, or a class
like BME280 and name it in KINDS; README.md says more.
"""

import errno
import json
import os
import select
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Chips"))

from model_chip import NoAcknowledge, load, spread  # noqa: E402: found by the line above

DEVICE = "/dev/i2c-scripted"
TRACE = os.environ.get("TRACE") == "1"
READ = 0x0001  # I2C_M_RD

# What a chip may answer with instead of bytes.
NO_ACKNOWLEDGE = errno.EREMOTEIO
SILENCE = None


class BME280:
    """Bosch BME280, by the memory map (chapter 5) of its datasheet."""

    DATA_AFTER_RESET = bytes.fromhex("80 00 00 80 00 00 80 00")
    STARTUP_S = 0.002
    STANDBY_S = (0.0005, 0.0625, 0.125, 0.25, 0.5, 1.0, 0.01, 0.02)
    SLEEP, NORMAL = 0, 3
    WRITABLE = {"ctrl_hum": 0xF2, "ctrl_meas": 0xF4, "config": 0xF5}

    def __init__(self, script, clock=time.monotonic):
        self.calibration_88 = bytes.fromhex(script["calibration_88"])
        self.calibration_E1 = bytes.fromhex(script["calibration_E1"])
        self.found = bytes.fromhex(script["data"])
        assert (len(self.calibration_88), len(self.calibration_E1), len(self.found)) == (26, 7, 8)
        self.clock = clock
        self.power_up()

    def power_up(self):
        self.registers = bytearray(256)
        self.registers[0x88:0xA2] = self.calibration_88
        self.registers[0xD0] = 0x60
        self.registers[0xE1:0xE8] = self.calibration_E1
        self.registers[0xF7:0xFF] = self.DATA_AFTER_RESET
        self.pointer = 0
        self.humidity_setting = 0  # ctrl_hum, as far as it is in effect
        self.ready_at = None  # when the running measurement ends
        self.started_at = self.clock()

    def write(self, data):
        """Section 6.2.1: a register's address and its value, in turns; the last may stand alone."""
        self.catch_up()
        for i in range(0, len(data) - 1, 2):
            self.write_register(data[i], data[i + 1])
        if len(data) % 2:
            self.pointer = data[-1]

    def read(self, count):
        """Section 6.2.2: from the address written last, which counts up by itself."""
        self.catch_up()
        first, self.pointer = self.pointer, (self.pointer + count) & 0xFF
        return bytes(self.registers[(first + i) & 0xFF] for i in range(count))

    def write_register(self, register, value):
        if register == 0xE0 and value == 0xB6:
            self.power_up()
        elif register in self.WRITABLE.values():
            self.registers[register] = value
            if register == self.WRITABLE["ctrl_meas"]:
                # Section 5.4.3: ctrl_hum counts from the next write to ctrl_meas on.
                self.humidity_setting = self.registers[self.WRITABLE["ctrl_hum"]] & 7
                if self.mode != self.SLEEP and self.ready_at is None:
                    self.ready_at = self.clock() + self.measuring_time()
        self.catch_up()

    @property
    def mode(self):
        return self.registers[0xF4] & 3

    def oversampling(self):
        """Times that temperature, pressure and humidity are measured; 0 skips one."""
        control = self.registers[0xF4]
        settings = (control >> 5, control >> 2 & 7, self.humidity_setting)
        return [0 if s == 0 else min(16, 1 << (s - 1)) for s in settings]

    def measuring_time(self):
        """Appendix B, the longest that it takes."""
        t, p, h = self.oversampling()
        ms = 1.25 + 2.3 * t + (2.3 * p + 0.575 if p else 0) + (2.3 * h + 0.575 if h else 0)
        return ms / 1000

    def catch_up(self):
        """Lets the time pass that went by since the last transfer."""
        now = self.clock()
        if self.ready_at is not None and now >= self.ready_at:
            self.finish_measurement()
            if self.mode == self.NORMAL:
                cycle = self.measuring_time() + self.STANDBY_S[self.registers[0xF5] >> 5]
                self.ready_at = now + cycle - (now - self.ready_at) % cycle
            else:
                self.registers[0xF4] &= ~3  # Forced mode falls back to sleep.
                self.ready_at = None
        measuring = self.ready_at is not None and now >= self.ready_at - self.measuring_time()
        loading = now < self.started_at + self.STARTUP_S
        self.registers[0xF3] = measuring << 3 | loading

    def finish_measurement(self):
        t, p, h = self.oversampling()
        found, reset = self.found, self.DATA_AFTER_RESET
        self.registers[0xF7:0xFA] = found[0:3] if p else reset[0:3]
        self.registers[0xFA:0xFD] = found[3:6] if t else reset[3:6]
        self.registers[0xFD:0xFF] = found[6:8] if h else reset[6:8]

    def set_data(self, data):
        if len(data) != len(self.found):
            raise ValueError(f"expected {len(self.found)} bytes")
        self.found = data


KINDS = {"bme280": BME280}


class TCA9548A:
    """TI TCA9548A: a hub whose one register opens its channels, one bit each (section 8.6)."""

    ADDRESS = 0x70
    CHANNELS = 8

    def __init__(self):
        self.power_up()

    def power_up(self):
        self.open = 0

    def write(self, data):
        if data:
            self.open = data[-1]

    def read(self, count):
        return bytes([self.open]) * count


class Socket:
    """Where a chip is plugged in: the chip, whether it answers, and how often it was asked. Some
    have two addresses, and a part for each."""

    def __init__(self, parts):
        self.parts = parts  # by address
        self.state = "present"
        self.asked = 0

    def command(self, verb, *arguments):
        if verb in ("absent", "silent"):
            self.state = verb
        elif verb == "present":
            for part in self.parts.values():
                part.power_up()
            self.state = verb
        elif verb == "data":
            for part in self.parts.values():
                part.set_data(bytes.fromhex("".join(arguments)))
        elif verb != "count":
            raise ValueError(f"unknown command {verb}")


def messages_of(packet):
    """(address, bytes to write, count to read) of each message; one of the two is None."""
    _, count = struct.unpack_from("=II", packet)
    at = 8
    for _ in range(count):
        address, flags, length, _ = struct.unpack_from("=HHHH", packet, at)
        at += 8
        if flags & READ:
            yield address, None, length
        else:
            yield address, packet[at : at + length], None
            at += length


class Board:
    """Sockets on the bus itself (channel None), and on the channels of a hub if there is one."""

    def __init__(self, sockets, hub=None):
        self.sockets = sockets
        self.hub = hub
        if hub:
            self.sockets[None, TCA9548A.ADDRESS] = Socket({TCA9548A.ADDRESS: hub})

    @staticmethod
    def of_scripts(scripts):
        chips = {int(a, 16): KINDS[script["kind"]](script) for a, script in scripts.items()}
        return Board({(None, address): Socket({address: chip}) for address, chip in chips.items()})

    @staticmethod
    def of_models(models):
        places = spread(models)
        if max(channel for channel, _ in places) >= TCA9548A.CHANNELS:
            raise ValueError("more chips share an address than a TCA9548A has channels")
        sockets = {}
        for (channel, _), model in places.items():
            socket = Socket(model.chips)
            sockets |= {(channel, address): socket for address in model.chips}
        return Board(sockets, TCA9548A())

    def connected(self, address):
        """The socket that hears this address now, if any."""
        if (None, address) in self.sockets:
            return self.sockets[None, address]
        is_reached = self.hub and self.sockets[None, TCA9548A.ADDRESS].state == "present"
        for channel in range(TCA9548A.CHANNELS) if is_reached else ():
            if self.hub.open >> channel & 1 and (channel, address) in self.sockets:
                return self.sockets[channel, address]
        return None

    def answer(self, packet):
        """The bytes read, NO_ACKNOWLEDGE or SILENCE."""
        read = b""
        asked = set()
        for address, data, count in messages_of(packet):
            socket = self.connected(address)
            if socket is None:
                return NO_ACKNOWLEDGE
            if address not in asked:
                asked.add(address)
                socket.asked += 1
            if socket.state != "present":
                return NO_ACKNOWLEDGE if socket.state == "absent" else SILENCE
            part = socket.parts[address]
            try:
                result = part.write(data) if count is None else part.read(count)
            except NoAcknowledge:
                result = NO_ACKNOWLEDGE
            if result == NO_ACKNOWLEDGE:
                return NO_ACKNOWLEDGE
            read += result or b""
        return read

    def named(self, name):
        """The sockets that a command means."""
        if name == "all":
            return [socket for (channel, _), socket in self.sockets.items() if channel is not None]
        *channel, address = name.split("/")
        return [self.sockets[int(channel[0]) if channel else None, int(address, 16)]]

    def obey(self, line):
        words = line.split()
        try:
            sockets = self.named(words[0])
            for socket in sockets:
                socket.command(*words[1:])
            print(" ".join(words), sum(socket.asked for socket in sockets), flush=True)
        except (LookupError, TypeError, ValueError) as error:
            print(f"not understood: {line} ({error})", flush=True)


def serve_transfer(device, board):
    packet = os.read(device, 65536)
    (ticket,) = struct.unpack_from("=I", packet)
    result = board.answer(packet)
    if TRACE:
        asked = " ".join(f"{a:02X}w{d.hex()}" if n is None else f"{a:02X}r{n}"
                         for a, d, n in messages_of(packet))
        given = result.hex() if isinstance(result, bytes) else result
        print(f"{time.monotonic():.3f} {asked} -> {given}", flush=True)
    if result is SILENCE:
        return
    try:
        if isinstance(result, int):
            os.write(device, struct.pack("=Ii", ticket, -result))
        else:
            os.write(device, struct.pack("=Ii", ticket, 0) + result)
    except OSError as error:
        if error.errno != errno.ESTALE:  # The adapter gave up waiting.
            raise


def read_board(chips):
    if os.path.isdir(chips):
        return Board.of_models(load(chips))
    with open(chips) as file:
        return Board.of_scripts(json.load(file))


def main(chips, control):
    board = read_board(chips)
    os.mkfifo(control)
    commands = os.open(control, os.O_RDWR | os.O_NONBLOCK)  # For writing too: it never ends.
    device = os.open(DEVICE, os.O_RDWR | os.O_NONBLOCK)
    print("ready", flush=True)
    pending = b""
    poll = select.poll()
    poll.register(commands, select.POLLIN)
    poll.register(device, select.POLLIN)
    while True:
        for ready, _ in poll.poll():
            if ready == commands:
                *lines, pending = (pending + os.read(commands, 4096)).split(b"\n")
                for line in lines:
                    board.obey(line.decode())
            else:
                try:
                    serve_transfer(device, board)
                except BlockingIOError:
                    pass  # The transfer was withdrawn in between.


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
