#!/usr/bin/python3
"""Sets the guest's clock wrong, and right, and back, and judges the epochs that arrive.

    check_clock.py BIN_DIR RESULTS first   everything within one boot of the kernel
    check_clock.py BIN_DIR RESULTS later   what the boot before left unsent, after a reboot

An event says itself when it happened: a tick's value is the boot's clock as it was written, and the
edges of a GPIO line are made by us. The guest's clock is its own: that of the host is not touched.
"""

import os
import shutil
import sys
import time
import traceback

from bench import GaveUp, Report, tell_clock_is_set, tell_kernel_clock_is_set, until
from check_gpio import Chip
from clock_bench import (
    HOUR, RIGHT_AT_ZERO, SOCKET, Scenario, Ticks, boot_time, forget_clock, set_clock,
    set_clock_to_1970)


class Test:
    def __init__(self, bin_dir, results):
        self.bin_dir, self.results = bin_dir, results
        os.makedirs(results, exist_ok=True)
        self.report = Report()
        self.chip = Chip()
        self.ticks = Ticks()
        self.kept = os.path.join(os.path.dirname(results.rstrip("/")), "kept-state")

    def run(self, stories):
        for story in stories:
            print(f"-- {story.__doc__}", flush=True)
            self.scenario = None
            try:
                story()
            except GaveUp as reason:
                self.report.expect(False, str(reason))
                self.show()
            except Exception:  # A record without a key, or the like.
                self.report.expect(False, traceback.format_exc())
                self.show()
            self.end()
        print(f"{self.report.passed} checks passed, {self.report.failed} failed", flush=True)
        return 1 if self.report.failed else 0

    def begin(self, name, **settings):
        self.scenario = Scenario(self, name, **settings)
        return self.scenario

    def show(self):
        if self.scenario and self.scenario.agent:
            with open(self.scenario.agent.path, errors="replace") as file:
                print("".join(file.readlines()[-20:]), end="", flush=True)

    def end(self):
        """Whatever a story left running."""
        self.ticks.stop()
        for program in (self.scenario.agent, self.scenario.receiver) if self.scenario else ():
            if program and program.process.poll() is None:
                program.process.kill()
                program.process.wait()
        if os.path.exists(SOCKET):
            os.remove(SOCKET)
        set_clock()

    # The stories

    def epoch_zero(self):
        """a boot in 1970, then a time service sets the clock"""
        forget_clock(time_service_runs=False)
        set_clock_to_1970()
        scenario = self.begin("1970")
        scenario.start_receiver()
        scenario.start_agent()
        scenario.live(2)
        scenario.hold()
        set_clock()
        tell_clock_is_set()
        scenario.live(1.5)
        scenario.await_all()
        scenario.stop()
        scenario.expect_whole()
        scenario.expect_right()
        scenario.expect_even()

    def hours_off(self):
        """a clock five hours behind while a time service is at work, then it sets the clock"""
        forget_clock(time_service_runs=True)
        set_clock(-5 * HOUR)
        scenario = self.begin("behind")
        scenario.start_receiver()
        scenario.start_agent()
        scenario.live(2)
        scenario.hold()
        set_clock()
        tell_clock_is_set()
        scenario.live(1.5)
        scenario.await_all()
        scenario.stop()
        scenario.expect_whole()
        scenario.expect_right()

    def spooled(self):
        """a clock three hours ahead, no network; then both the time and the network come"""
        forget_clock(time_service_runs=False)
        set_clock(3 * HOUR)
        scenario = self.begin("ahead", capacity=100)
        scenario.start_agent()
        scenario.live(3.5)
        folder = f"{scenario.state}/spool/cloud"
        spooled = sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)
                      if name.endswith(".jsonl")) if os.path.isdir(folder) else 0
        self.report.expect(spooled, "events are in the spool", f"{spooled} bytes")
        set_clock()
        tell_kernel_clock_is_set()
        time.sleep(1.5)  # Longer than the agent's answer about the clock is good for.
        scenario.start_receiver()
        scenario.await_all()
        scenario.stop()
        scenario.expect_whole()
        scenario.expect_right()

    def killed(self):
        """kill -9 and another start before the clock is set"""
        forget_clock(time_service_runs=False)
        set_clock_to_1970()
        scenario = self.begin("killed", durability="spool")
        scenario.start_receiver()
        scenario.start_agent()
        scenario.live(1)
        time.sleep(0.5)
        scenario.kill_agent()
        scenario.start_agent()
        scenario.live(1)
        scenario.hold()
        set_clock()
        tell_clock_is_set()
        scenario.live(0.5)
        scenario.await_all()
        scenario.stop()
        scenario.expect_whole()
        scenario.expect_right()

    def steps(self):
        """a step by an hour forwards, and one back, of a clock that is set"""
        set_clock()
        forget_clock(time_service_runs=True)
        tell_clock_is_set()
        tell_kernel_clock_is_set()
        scenario = self.begin("steps")
        scenario.start_receiver()
        scenario.start_agent()
        scenario.live(1)
        turns = []
        for ahead in (HOUR, 0):
            scenario.await_all()  # What is read after the step gets the clock of then.
            set_clock(ahead)
            tell_kernel_clock_is_set()
            turns.append(boot_time())
            self.ticks.goes.set()
            scenario.live(1)
        scenario.await_all()
        scenario.stop()
        ahead_at = lambda boot: HOUR if turns[0] <= boot < turns[1] else 0
        scenario.expect_whole()
        scenario.expect_right(ahead_at)
        scenario.expect_even(ahead_at)

    LEFT = {"left-1970": None, "left-ahead": 3 * HOUR}

    def leave(self):
        """stopped with unsent events, and no time came in all of this boot"""
        shutil.rmtree(self.kept, ignore_errors=True)
        for name, ahead in self.LEFT.items():
            forget_clock(time_service_runs=False)
            if ahead is None:
                set_clock_to_1970()
            else:
                set_clock(ahead)
            scenario = self.begin(name)
            scenario.start_agent()
            scenario.live(1)
            self.ticks.stop()
            scenario.stop()
            shutil.copytree(scenario.state, os.path.join(self.kept, name), symlinks=True)
            with open(os.path.join(self.kept, name + ".ticks"), "w") as file:
                file.write(" ".join(map(str, scenario.ticks)))
        os.sync()

    def after_reboot(self):
        """another boot of the kernel, with the clock set: what the last one left"""
        booted = RIGHT_AT_ZERO
        tell_clock_is_set()
        tell_kernel_clock_is_set()
        for name in self.LEFT:
            with open(os.path.join(self.kept, name + ".ticks")) as file:
                left = [float(word) for word in file.read().split()]
            scenario = self.begin(name + "-later")
            shutil.copytree(os.path.join(self.kept, name), scenario.state, symlinks=True)
            scenario.start_receiver()
            scenario.start_agent()
            until(lambda: len(scenario.tick_records()) > len(left), 20, "ticks of both boots")
            self.ticks.stop()
            scenario.stop()
            old_boot = scenario.tick_records()[0]["boot"]
            old = [r for r in scenario.records.all if r["boot"] == old_boot]
            ticks = [r["data"] for r in old if r["sensorId"] == "tick"]
            self.report.expect(ticks == left, f"{name}: all arrive, in order",
                               f"{len(ticks)} of {len(left)} ticks")
            marked = [r for r in old if r.get("clock") == "unsynced"]
            self.report.expect(len(marked) == len(old), f"{name}: each is marked",
                               f"{len(marked)} of {len(old)}")
            latest = max(r["epoch"] for r in old)
            self.report.expect(latest <= booted + 0.001, f"{name}: none is later than this boot",
                               f"the last is {booted - latest:.1f} s before it")
            new = [r for r in scenario.records.all if r["boot"] != old_boot]
            self.report.expect(new and not [r for r in new if "clock" in r],
                               f"{name}: those of this boot are not marked", f"{len(new)}")
            self.end()


def main(bin_dir, results, when):
    with open("/proc/cpuinfo") as file:
        if "User Mode Linux" not in file.read():
            sys.exit("check_clock.py sets the clock: it runs in the guest only")
    test = Test(bin_dir, results)
    if when == "later":
        return test.run([test.after_reboot])
    return test.run([test.epoch_zero, test.hours_off, test.spooled, test.killed, test.steps,
                     test.leave])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
