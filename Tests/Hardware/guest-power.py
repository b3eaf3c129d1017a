#!/usr/bin/python3
"""Runs in the guest for check_power.py: the agent, with its state on a disk that will be cut off.

    guest-power.py BIN_DIR LIFE cut|finish SETTINGS

All that must outlive the cut goes to the serial line, which is on the host at once: what the
receiver accepted, what the kernel said was safe on the disk, what the source wrote, what the agent
said. With `cut` the receiver comes and goes until somebody ends it all; with `finish` it stays, and
the agent is stopped when its spool is empty.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time

from bench import GaveUp, tell_kernel_clock_is_right, until

SERIAL = "/dev/ttyS0"
DISK, TICKS, INI = "/run/disk", "/run/ticks", "/run/power.ini"
SOCKET = "/run/power.sock"  # as in the ini
PORT = "5000"  # The guest's loopback is nobody else's.
RATE_PER_S, STEP_S = 300, 0.05
# How long the receiver is there, and how long it is not.
MOOD_S = (0.3, 2.5)


def tell(text):
    os.write(1, f"POWER {text}\n".encode())


class Guest:
    def __init__(self, bin_dir, life, purpose, settings):
        self.bin_dir, self.life, self.purpose = bin_dir, int(life), purpose
        self.settings = json.loads(settings)
        self.random = random.Random(self.settings["seed"] * 1000 + self.life)
        self.receiver = self.agent = None
        self.serial = open(SERIAL, "wb", buffering=0)

    def mount(self):
        os.mkdir(DISK)
        options = []
        if self.settings["writeback"] == "late":
            # Nothing gets to the disk but what the agent asks for.
            options = ["-o", "commit=300"]
            for name, value in (("expire", 360000), ("writeback", 0)):
                with open(f"/proc/sys/vm/dirty_{name}_centisecs", "w") as file:
                    file.write(str(value))
        subprocess.run(["mount", "-t", "ext4", *options, "/dev/ubda", DISK], check=True)

    def tear(self):
        """ext4 leaves no half batches behind; a lesser file system does: here is one."""
        folder = f"{DISK}/telemetryd/spool/cloud"
        for name in sorted(os.listdir(folder) if os.path.isdir(folder) else [], reverse=True):
            path = os.path.join(folder, name)
            if name.endswith(".jsonl") and os.path.getsize(path):
                with open(path, "ab") as file:
                    file.write(b'[{"key":"tick","value":-1,"epoch":17000')
                tell(f"tore {name}")
                return

    def start_receiver(self):
        self.receiver = subprocess.Popen(
            [f"{self.bin_dir}/receiver", "--port", PORT, "--log", SERIAL],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.serial)

    def stop_receiver(self):
        self.receiver.kill()
        self.receiver.wait()
        self.receiver = None

    def start_agent(self):
        with open(INI, "w") as file:
            file.write(self.settings["ini"].format(disk=DISK, ticks=TICKS, port=PORT))
        environment = dict(
            os.environ, LD_PRELOAD="/bed/sync-witness.so", SYNC_WITNESS=SERIAL,
            SYNC_WITNESS_UNDER=DISK)
        self.agent = subprocess.Popen(
            [f"{self.bin_dir}/telemetryd", "run", "--config", INI], env=environment,
            stdin=subprocess.DEVNULL, stdout=self.serial, stderr=self.serial)
        if self.purpose == "cut":
            threading.Thread(target=self.watch, daemon=True).start()
        until(lambda: os.path.exists(SOCKET), 60, "the agent")
        tell("running")

    def watch(self):
        tell(f"ended {self.agent.wait()}")

    def tick(self):
        """RATE_PER_S numbers a second, which tell the life too."""
        written, began = 0, time.monotonic()
        with open(TICKS, "wb", buffering=0) as fifo:
            while True:
                due = int((time.monotonic() - began) * RATE_PER_S)
                if due > written:
                    numbers = range(self.life * 1_000_000 + written + 1,
                                    self.life * 1_000_000 + due + 1)
                    fifo.write(b"".join(b'{"key":"tick","value":%d}\n' % n for n in numbers))
                    written = due
                    tell(f"wrote {written}")
                time.sleep(STEP_S)

    def cut(self):
        threading.Thread(target=self.tick, daemon=True).start()
        while True:
            time.sleep(self.random.uniform(*MOOD_S))
            if self.receiver:
                self.stop_receiver()
            else:
                self.start_receiver()

    def uplink(self):
        answer = subprocess.run([f"{self.bin_dir}/telemetryd", "status", "--json", "-c", INI],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return json.loads(answer.stdout)["uplinks"][0] if answer.returncode == 0 else {}

    def finish(self):
        def is_empty():
            time.sleep(0.2)
            status = self.uplink()
            return status and status["in_spool"] == status["in_memory"] == 0

        until(is_empty, 60, "an empty spool")
        tell(f"dropped {json.dumps(self.uplink()['dropped'])}")
        self.agent.terminate()
        tell(f"ended {self.agent.wait(30)}")
        self.stop_receiver()
        subprocess.run(["umount", DISK], check=True)

    def run(self):
        tell_kernel_clock_is_right()
        self.mount()
        if self.life % 2 == 0:
            self.tear()
        tell("mounted")
        os.mkfifo(TICKS)
        if self.purpose == "finish" or self.random.random() < 0.5:
            self.start_receiver()
        self.start_agent()
        self.finish() if self.purpose == "finish" else self.cut()


if __name__ == "__main__":
    try:
        Guest(*sys.argv[1:]).run()
    except (GaveUp, subprocess.SubprocessError) as reason:
        tell(f"failed {reason}")
        sys.exit(1)
