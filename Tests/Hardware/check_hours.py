#!/usr/bin/python3
"""Runs the agent for 25 simulated hours with 30 sensors, and judges by what the receiver accepted.

    check_hours.py BIN_DIR RESULTS

Wants a kernel in which computing takes no time (time-travel=inf-cpu), and Tests/Chips behind a
scripted hub.
"""

import os
import sys
import time
import traceback

from bench import HERE, Chips, GaveUp, Program, Records, Report, tell_kernel_clock_is_right, until
from check import AGENT, RECEIVER, RECEIVER_READY

MODELS = os.path.join(HERE, "../Chips")
sys.path.insert(0, MODELS)

from model_chip import load, spread  # noqa: E402: found by the line above

HOURS, EVERY_S, SENSORS = 25, 900, 30
INI = """
[telemetryd]
device = test-board
state_directory = /run/telemetryd-hours
[buffer]
flush_size = 500
flush_interval = 60s
[uplink.cloud]
kind = kinesis
stream = readings
region = eu-west-1
endpoint = {url}
access_key_id = AKIDEXAMPLE
secret_access_key = not-a-secret
"""
# The schedule may not drift: each reading lies this near its point of the grid.
DRIFT_S = 0.05
# Memory at the end against that after the first hour, when every buffer has had its fill.
GROWTH_KIB = 512


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def sensors():
    """Chips of Tests/Chips, each at its place behind the hub, and made-up signals up to 30."""
    text, names = "", []
    for (channel, address), model in spread(load(MODELS)).items():
        # It measures each second on its own, so that its readings are not on this grid.
        if model.driver == "sgp30" or len(names) >= SENSORS - 6:
            continue
        names.append(model.driver)
        settings = dict(model.settings, every=f"{EVERY_S}s", address=f"{address:#x}",
                        bus=f"1/mux@0x70/{channel}")
        text += f"[sensor.{model.driver}]\ndriver = {model.driver}\n"
        text += "".join(f"{name} = {value}\n" for name, value in settings.items())
    while len(names) < SENSORS:
        names.append(f"wave{len(names)}")
        text += f"[sensor.{names[-1]}]\ndriver = simulated\nevery = {EVERY_S}s\n"
    return text, names


def main(bin_dir, results):
    os.makedirs(results, exist_ok=True)
    report = Report()

    def program(words, output, **values):
        arguments = [word.format(**values) for word in words]
        arguments[0] = os.path.join(bin_dir, arguments[0])
        return Program(arguments, os.path.join(results, output))

    tell_kernel_clock_is_right()
    Chips(results, MODELS)
    records = Records(os.path.join(results, "records.jsonl"))
    receiver = program(RECEIVER, "receiver.log", log=records.path)
    url = until(lambda: RECEIVER_READY.search(receiver.text()), 20, "the receiver")[1]
    text, names = sensors()
    ini = os.path.join(results, "telemetryd.ini")
    with open(ini, "w") as file:
        file.write(INI.format(url=url) + text)
    began = time.time()
    agent = program(AGENT, "agent.log", ini=ini)
    memory = []
    for _ in range(HOURS):
        time.sleep(3600 - EVERY_S / 2 if not memory else 3600)
        memory.append(resident_kib(agent.process.pid))
    status = agent.stop(60)
    report.expect(status == 0, f"{HOURS} hours with {len(names)} sensors", f"exit status {status}")
    records.update()
    keys = sorted({record["sensorId"] for record in records.all})
    given = {key.split("_")[0] for key in keys}
    report.expect(given == set(names), "each sensor has readings", " ".join(set(names) ^ given))
    expected = int((HOURS * 3600 - EVERY_S / 2) // EVERY_S) + 1
    counts = {key: len(records.of(key)) for key in keys}
    wrong = {key: count for key, count in counts.items() if count != expected}
    report.expect(not wrong, f"{expected} readings of each of {len(keys)} keys", str(wrong or ""))
    worst = 0
    for key in keys:
        # The first one comes later by the time in which its chip is set up.
        epochs = [record["epoch"] for record in records.of(key)][1:]
        worst = max([worst] + [abs(epoch - epochs[0] - EVERY_S * place)
                               for place, epoch in enumerate(epochs)])
    report.expect(worst <= DRIFT_S, "the schedule does not drift", f"{worst * 1000:.1f} ms at most")
    report.expect(memory[-1] - memory[0] <= GROWTH_KIB, "memory is flat",
                  f"{memory[0]} KiB after an hour, {memory[-1]} at the end, {max(memory)} at most")
    said = [line for line in agent.text().splitlines() if "warn" in line.lower()]
    report.expect(not said, "no warning", " | ".join(said[:3]))
    receiver.stop(10)
    print(f"     {len(records.all)} records, {(time.time() - began) / 3600:.1f} simulated hours")
    return 1 if report.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except GaveUp as reason:
        print(f"FAIL {reason}")
    except Exception:
        traceback.print_exc()
    sys.exit(1)
